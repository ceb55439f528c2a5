import { beginStep } from '../analysis/evidence.ts';
import { formatShare } from '../base/share.ts';
import { unreachable } from '../base/unreachable.ts';
import type { Track } from '../rollout/model.ts';
import type { Step } from '../strategy/plan.ts';
import { mirroredTo, neededBy, replicasOf, sideSize, tracksOf, weightOf } from '../strategy/capacity.ts';
import { afterVerdict, type WaitOutcome } from './after-verdict.ts';
import { afterExperiment, type ExperimentOutcome } from './experiment.ts';
import type { EngineEvent } from './decision.ts';
import { revisionOf, routeOf } from './desired.ts';
import { freshEvidence } from './judging.ts';
import { event } from './release-events.ts';
import {
  followsPods,
  groupOf,
  nextHurdle,
  pausedWords,
  readyOf,
  stepOf,
  waitAt,
  type ReleaseLook,
} from './look.ts';
import { isClosed } from './maintenance.ts';
import { copyOf, isServed, unconfirmedWords } from './observation.ts';
import type { Back, ReleaseState } from './status.ts';
import { passHurdles, withoutHurdles } from './hurdles.ts';
import { takesTime, type Hurdle } from '../strategy/plan.ts';
import { completed, rolledBack } from './turn-back.ts';
import { withWinner } from './variants.ts';

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
  if (release.paused) return { ...whilePaused(look), message: pausedWords(release) };
  switch (release.stage) {
    case 'start':
      return through(look, 'start', (passed) => enter(passed, 'grow'));
    case 'grow':
      return grow(look);
    case 'route':
      return route(look);
    case 'shrink':
      return shrink(look);
    case 'wait':
      return isHeld(look) ? stay(release, 'held while in maintenance') : wait(look);
    default:
      return unreachable(release.stage);
  }
}

/** Without users nothing is judged, and no time is spent that was meant for them; what asks for neither goes on. */
function isHeld(look: ReleaseLook): boolean {
  return isClosed(look) && waitAt(look.release).kind !== 'none';
}

function grow(look: ReleaseLook): Move {
  const { release } = look;
  const lacking = lackingCapacity(look);
  if (lacking !== undefined) return stay(release, lacking);
  return through(look, 'route', (passed) => enter(passed, 'route'));
}

/** Passes the hurdles before a stage, and goes on once there are no more. */
function through(look: ReleaseLook, before: Hurdle['before'], goOn: (release: ReleaseState) => Move): Move {
  const { release, events, waitsFor, back } = passHurdles(look, before);
  if (back !== undefined) return { release, message: back.reason, events, end: back };
  if (waitsFor !== undefined) return { release, message: waitsFor, events };
  const move = goOn(release);
  return { ...move, events: [...events, ...move.events] };
}

/** Every track of the step must be able to serve its part before the route is written: what is not there yet. */
function lackingCapacity(look: ReleaseLook): string | undefined {
  const { release, seen } = look;
  const step = stepOf(release);
  if (seen.groups === undefined) return 'the workload does not answer';
  for (const track of tracksOf(step)) {
    const ready = readyOf(seen, revisionOf(release, track), copyOf(track));
    const needed = neededNow(look, step, track);
    if (ready < needed) return `waiting for ${track}: ${ready} of ${needed} ready${forWhat(step, track)}`;
  }
  return undefined;
}

/** What is new must be complete. Stable may be short of what it does not need in the step. */
function neededNow(look: ReleaseLook, step: Step, track: Track): number {
  const { replicas } = look.rollout.workload;
  if (track !== 'stable') return replicasOf(step, track, replicas);
  if (step.bySize !== true) return neededBy(step, track, replicas);
  // A stable that fails does not keep back what may be its cure, where nothing that serves goes for it.
  return followsPods(look.rollout) && isWithin(look, step) ? 0 : replicasOf(step, track, replicas);
}

/** True while no more of the candidate serve than a step is to have. */
function isWithin({ rollout, release, seen }: ReleaseLook, step: Step): boolean {
  return readyOf(seen, release.to) <= sideSize(step, 'candidate', rollout.workload.replicas);
}

function forWhat(step: Step, track: Track): string {
  const share = weightOf(step, track);
  if (share > 0) return ` for ${formatShare(share)} of the traffic`;
  const copied = mirroredTo(step, track);
  return copied > 0 ? ` for copies of ${formatShare(copied)} of the requests` : '';
}

/** Nothing goes on, but a route that nobody could serve any more is not written either. */
function whilePaused(look: ReleaseLook): Move {
  const { release } = look;
  const isLacking = release.stage === 'route' && !isConfirmed(look) && lackingCapacity(look) !== undefined;
  return isLacking ? enter(release, 'grow') : stay(release, '');
}

function isConfirmed({ release, rollout, seen }: ReleaseLook): boolean {
  return isServed(seen, rollout.traffic === undefined ? undefined : routeOf(release, stepOf(release)));
}

function route(look: ReleaseLook): Move {
  const { release, seen } = look;
  const step = stepOf(release);
  // What takes stable away must be ready at the very look that does it, although its route is served already.
  const mayTakeAway = step.promoting || step.bySize === true;
  const lacking = isConfirmed(look) && !mayTakeAway ? undefined : lackingCapacity(look);
  if (lacking !== undefined) return enter(release, 'grow');
  if (!isConfirmed(look)) {
    return stay(
      release,
      seen.route === undefined ? unconfirmedWords(seen, 'has not confirmed the route') : 'moving traffic',
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
  if (!takesTime(step) || rollout.analysis === undefined) return enter(waiting, 'wait');
  const evidence = beginStep(
    rollout.analysis,
    release.evidence ?? freshEvidence(rollout.analysis, release.plan),
  );
  return enter(withoutJudgement({ ...waiting, evidence }), 'wait');
}

function wait(look: ReleaseLook): Move {
  const hurdle = nextHurdle(look.release);
  if (hurdle?.before === 'wait') {
    // The step's time begins once all of them are passed.
    return through(look, 'wait', (release) => ({
      ...stay(release, stepOf(release).title),
      release: { ...release, stageMs: 0, measuredMs: 0 },
    }));
  }
  // A wait that was over does not begin again because something is in the way of the next step.
  return hurdle !== undefined && look.release.held !== undefined ? leave(look, look.release) : waitOut(look);
}

function waitOut(look: ReleaseLook): Move {
  const { release, rollout } = look;
  const waiting = waitAt(release);
  switch (waiting.kind) {
    case 'none':
      return leave(look, release);
    case 'pause': {
      const { forMs } = waiting;
      if (forMs === undefined) return stay(release, 'paused by the plan until somebody resumes');
      return release.stageMs >= forMs ? leave(look, release) : stay(release, 'paused by the plan');
    }
    case 'analyze':
      return afterWait(look, afterVerdict(waiting, rollout.analysis, release));
    case 'experiment':
      return afterWait(look, afterExperiment(waiting, release));
    default:
      return unreachable(waiting);
  }
}

function afterWait(look: ReleaseLook, outcome: WaitOutcome | ExperimentOutcome): Move {
  const { release } = look;
  switch (outcome.kind) {
    case 'advance':
      return leave(look, withWinner(withoutQuestion(release)));
    case 'hold':
      return stay(withoutQuestion(release), outcome.message);
    case 'restart':
      return stay({ ...release, stageMs: 0, measuredMs: 0 }, outcome.message);
    case 'ask': {
      const asked = release.asking !== undefined;
      const events = asked ? [] : [event(release, 'Waiting', outcome.question)];
      return { release: { ...release, asking: outcome.question }, message: outcome.question, events };
    }
    case 'complete':
      return { ...stay(release, outcome.reason), end: completed(outcome.reason) };
    case 'rollBack':
      return { ...stay(release, outcome.reason), end: rolledBack(outcome.reason) };
    default:
      return unreachable(outcome);
  }
}

/** Leaves the step at hand once everything before the next one is passed. */
function leave(look: ReleaseLook, release: ReleaseState): Move {
  return through({ ...look, release }, 'next', nextStep);
}

/** After the last step the release is done. */
function nextStep(release: ReleaseState): Move {
  const isLast = release.step + 1 >= release.plan.steps.length;
  if (isLast) return { release, message: 'all steps are done', events: [], end: 'done' };
  return goToStep(release, release.step + 1);
}

/** Begins a step. */
export function goToStep(release: ReleaseState, index: number): Move {
  const begun = withoutHurdles(withoutQuestion({ ...withWinner(release), step: index, counting: false }));
  const first = nextHurdle(begun)?.before === 'start' ? 'start' : 'grow';
  const { release: next } = enter(begun, first);
  const step = stepOf(next);
  const message = `step ${index + 1} of ${next.plan.steps.length}: ${step.title}`;
  return {
    release: next,
    message,
    events: [event(next, step.promoting ? 'Promoting' : 'StepStarted', message)],
  };
}

function enter(release: ReleaseState, stage: ReleaseState['stage']): Move {
  const { measuredRequests: _, ...rest } = release;
  const next = { ...rest, stage, stageMs: 0, measuredMs: 0 };
  return { release: next, message: stepOf(next).title, events: [] };
}

function stay(release: ReleaseState, message: string): Move {
  return { release, message, events: [] };
}

/** A person need not decide any more. */
export function withoutQuestion(release: ReleaseState): ReleaseState {
  const { asking: _, ...rest } = release;
  return rest;
}

/** What was said of an earlier step says nothing of this one. */
function withoutJudgement(release: ReleaseState): ReleaseState {
  const { judgement: _, ...rest } = release;
  return rest;
}
