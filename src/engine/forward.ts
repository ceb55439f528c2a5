import { beginStep } from '../analysis/evidence.ts';
import { countFor, formatShare } from '../base/share.ts';
import { unreachable } from '../base/unreachable.ts';
import { replicasOf, tracksOf, weightOf } from '../strategy/compile.ts';
import { afterVerdict, type WaitOutcome } from './after-verdict.ts';
import type { EngineEvent } from './decision.ts';
import { revisionOf, routeOf } from './desired.ts';
import { freshEvidence } from './judging.ts';
import { event } from './release-events.ts';
import { groupOf, readyOf, stepOf, type ReleaseLook } from './look.ts';
import { isServed } from './observation.ts';
import type { Back, ReleaseState } from './status.ts';
import { rolledBack } from './turn-back.ts';

/** Where a release is after one look forward. */
export interface Move {
  readonly release: ReleaseState;
  readonly message: string;
  readonly events: readonly EngineEvent[];
  /** Set when the way forward is over: every step is done, or a policy says to go back. */
  readonly end?: 'done' | Back;
}

/** Takes a release one stage further when what the stage waits for is there. */
export function moveForward(look: ReleaseLook): Move {
  const { release } = look;
  if (release.paused) return stay(release, 'paused by a user');
  switch (release.stage) {
    case 'grow':
      return grow(look);
    case 'route':
      return route(look);
    case 'shrink':
      return shrink(look);
    case 'wait':
      return wait(look);
    default:
      return unreachable(release.stage);
  }
}

function grow(look: ReleaseLook): Move {
  const { release } = look;
  const lacking = lackingCapacity(look);
  return lacking === undefined ? enter(release, 'route') : stay(release, lacking);
}

/** Every track of the step must be able to serve its part before the route is written: what is not there yet. */
function lackingCapacity(look: ReleaseLook): string | undefined {
  const { release, rollout, seen } = look;
  const step = stepOf(release);
  if (seen.groups === undefined) return 'the workload does not answer';
  const { replicas } = rollout.workload;
  for (const track of tracksOf(step)) {
    const ready = readyOf(seen, revisionOf(release, track));
    const share = weightOf(step, track);
    // Stable may be short of what it does not need here; what is new must be complete.
    const needed = track === 'stable' ? countFor(share, replicas) : replicasOf(step, track, replicas);
    const forWhat = share > 0 ? ` for ${formatShare(share)} of the traffic` : '';
    if (ready < needed) return `waiting for ${track}: ${ready} of ${needed} ready${forWhat}`;
  }
  return undefined;
}

function route(look: ReleaseLook): Move {
  const { release, rollout, seen } = look;
  const step = stepOf(release);
  const isConfirmed = isServed(seen, rollout.traffic === undefined ? undefined : routeOf(release, step));
  // What takes stable away must be ready at the very look that does it, although its route is served already.
  const lacking = isConfirmed && !step.promoting ? undefined : lackingCapacity(look);
  if (lacking !== undefined) return enter(release, 'grow');
  if (!isConfirmed) {
    return stay(
      release,
      seen.route === undefined ? 'the data plane has not confirmed the route' : 'moving traffic',
    );
  }
  const next = enter({ ...release, confirmedStep: release.step }, 'shrink');
  return { ...next, events: [event(release, 'RouteConfirmed', `${step.title}: route confirmed`)] };
}

function shrink(look: ReleaseLook): Move {
  const { release, rollout, seen } = look;
  const step = stepOf(release);
  if (step.exclusive) {
    if (seen.groups === undefined) return stay(release, 'the workload does not answer');
    const left = groupOf(seen, release.from)?.running ?? 0;
    if (left > 0) return stay(release, `waiting for the old version to stop: ${left} still running`);
  }
  const waiting: ReleaseState = { ...release, counting: false };
  if (step.wait.kind === 'none' || rollout.analysis === undefined) return enter(waiting, 'wait');
  const evidence = beginStep(
    rollout.analysis,
    release.evidence ?? freshEvidence(rollout.analysis, release.plan),
  );
  return enter(withoutJudgement({ ...waiting, evidence }), 'wait');
}

function wait(look: ReleaseLook): Move {
  const { release, rollout } = look;
  const step = stepOf(release);
  switch (step.wait.kind) {
    case 'none':
      return nextStep(release);
    case 'pause': {
      const { forMs } = step.wait;
      if (forMs === undefined) return stay(release, 'paused by the plan until somebody resumes');
      return release.stageMs >= forMs ? nextStep(release) : stay(release, 'paused by the plan');
    }
    case 'analyze':
      return afterWait(release, afterVerdict(step.wait, rollout.analysis, release));
    default:
      return unreachable(step.wait);
  }
}

function afterWait(release: ReleaseState, outcome: WaitOutcome): Move {
  switch (outcome.kind) {
    case 'advance':
      return nextStep(release);
    case 'hold':
      return stay(withoutQuestion(release), outcome.message);
    case 'restart':
      return stay({ ...release, stageMs: 0, measuredMs: 0 }, outcome.message);
    case 'ask': {
      const asked = release.asking !== undefined;
      const events = asked ? [] : [event(release, 'Waiting', outcome.question)];
      return { release: { ...release, asking: outcome.question }, message: outcome.question, events };
    }
    case 'rollBack':
      return { ...stay(release, outcome.reason), end: rolledBack(outcome.reason) };
    default:
      return unreachable(outcome);
  }
}

/** Leaves the step at hand, whatever it waits for; after the last one the release is done. */
export function nextStep(release: ReleaseState): Move {
  const isLast = release.step + 1 >= release.plan.steps.length;
  if (isLast) return { release, message: 'all steps are done', events: [], end: 'done' };
  return goToStep(release, release.step + 1);
}

/** Begins a step. */
export function goToStep(release: ReleaseState, index: number): Move {
  const { release: next } = enter(withoutQuestion({ ...release, step: index, counting: false }), 'grow');
  const step = stepOf(next);
  const message = `step ${index + 1} of ${next.plan.steps.length}: ${step.title}`;
  return {
    release: next,
    message,
    events: [event(next, step.promoting ? 'Promoting' : 'StepStarted', message)],
  };
}

function enter(release: ReleaseState, stage: ReleaseState['stage']): Move {
  const next = { ...release, stage, stageMs: 0, measuredMs: 0 };
  return { release: next, message: stepOf(next).title, events: [] };
}

function stay(release: ReleaseState, message: string): Move {
  return { release, message, events: [] };
}

function withoutQuestion(release: ReleaseState): ReleaseState {
  const { asking: _, ...rest } = release;
  return rest;
}

/** What was said of an earlier step says nothing of this one. */
function withoutJudgement(release: ReleaseState): ReleaseState {
  const { judgement: _, ...rest } = release;
  return rest;
}
