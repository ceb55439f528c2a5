import { sideSize } from '../strategy/capacity.ts';
import { desiredAtRest, retracedRoute, stepBefore } from './desired.ts';
import { event } from './release-events.ts';
import type { EngineEvent } from './decision.ts';
import { isExclusive } from '../strategy/plan.ts';
import { withoutHurdles } from './hurdles.ts';
import { groupOf, readyOf, type ReleaseLook } from './look.ts';
import { isServed, unconfirmedWords } from './observation.ts';
import type { Back, ReleaseState } from './status.ts';
import { longestWayBackMs } from './turn-back.ts';

/** Turns a release round: from here on it only goes back. */
export function turnBack(
  release: ReleaseState,
  direction: Back,
): { release: ReleaseState; event: EngineEvent } {
  const { asking: _, ...rest } = withoutHurdles(release);
  const stage = firstStageBack(release);
  const turned: ReleaseState = { ...rest, stage, direction, stageMs: 0, paused: false, counting: false };
  // What has done what it was for leaves nobody worse off.
  const told = direction.outcome === 'completed' ? 'Concluding' : 'RollingBack';
  return { release: turned, event: event(release, told, direction.reason) };
}

/** Steps that are retraced are left from where they stand: a step whose route may be served already has its processes. */
function firstStageBack({ plan, stage }: ReleaseState): ReleaseState['stage'] {
  // At its start nothing was made yet, and stable was not stopped.
  if (isExclusive(plan)) return stage === 'start' ? 'grow' : 'shrink';
  if (plan.retraces !== true) return stage;
  if (stage === 'start') return 'shrink';
  return stage === 'grow' || stage === 'route' ? 'route' : 'grow';
}

/** The release with what was reached on the way back since the last look. */
export function furtherBack(look: ReleaseLook): ReleaseState {
  const { release } = look;
  if (release.plan.retraces === true && release.from !== undefined) return retraced(look);
  return afterCandidate(look);
}

/** Notes, where the two may not run together, that the candidate is gone: stable may start. */
function afterCandidate({ release, seen }: ReleaseLook): ReleaseState {
  const isWaiting = isExclusive(release.plan) && release.stage === 'shrink';
  const isGone = seen.groups !== undefined && (groupOf(seen, release.to)?.running ?? 0) === 0;
  return isWaiting && isGone ? { ...release, stage: 'grow' } : release;
}

/** One stage further towards the step before, or at once to the end when the candidate has nothing to hand over. */
function retraced(look: ReleaseLook): ReleaseState {
  const { release, seen } = look;
  if (seen.groups === undefined) return release;
  if (readyOf(seen, release.to) === 0) return { ...release, step: 0, stage: 'shrink' };
  if (release.stage === 'shrink') {
    return release.step === 0 ? release : { ...release, step: release.step - 1, stage: 'grow' };
  }
  return { ...release, stage: handingOver(look) };
}

/** What is taken from the candidate must be there on stable's side, also at the very look that takes it. */
function handingOver(look: ReleaseLook): ReleaseState['stage'] {
  const { rollout, release, seen } = look;
  const target = stepBefore(release);
  const needed = sideSize(target, 'stable', rollout.workload.replicas);
  if (readyOf(seen, release.from) < needed) return 'grow';
  const route = rollout.traffic === undefined ? undefined : retracedRoute(look);
  return release.stage === 'route' && isServed(seen, route) ? 'shrink' : 'route';
}

/** How the way back stands. */
export type BackMove =
  | { readonly kind: 'going'; readonly message: string }
  | { readonly kind: 'arrived' }
  /** The time for it is over: the release ends, and what is desired goes on being made so. */
  | { readonly kind: 'forced'; readonly why: string };

/** Looks whether stable serves everything again. */
export function moveBack(look: ReleaseLook): BackMove {
  const { rollout, release, seen } = look;
  if (release.from === undefined) return { kind: 'arrived' };
  const isRouted = isServed(seen, desiredAtRest(rollout, release.from).route);
  const isReady = readyOf(seen, release.from) >= enoughOfStable(look);
  if (isRouted && isReady) return { kind: 'arrived' };
  const why = isReady ? unconfirmedWords(seen, 'has not confirmed the way back') : 'stable is not ready';
  const what = isConcluding(release) ? 'ending' : 'going back';
  return mayBeForced(look) ? { kind: 'forced', why } : { kind: 'going', message: `${what}: ${why}` };
}

/** What has done what it was for ends as what goes back does, and takes nothing back. */
function isConcluding({ direction }: ReleaseState): boolean {
  return direction.kind === 'back' && direction.outcome === 'completed';
}

/** Stable that gave nothing away serves as soon as it is ready at all. */
function enoughOfStable({ rollout, release }: ReleaseLook): number {
  if (release.plan.retraces !== true) return 1;
  return isRetraced(release) ? rollout.workload.replicas : Infinity;
}

function isRetraced({ step, stage }: ReleaseState): boolean {
  return step === 0 && stage === 'shrink';
}

function mayBeForced({ rollout, release, seen }: ReleaseLook): boolean {
  // A candidate that still runs alone is never joined by stable.
  if (isExclusive(release.plan) && (groupOf(seen, release.to)?.running ?? 0) > 0) return false;
  const isPastDeadline = rollout.onDeadline === 'rollBack' && release.ageMs >= rollout.deadlineMs;
  return isPastDeadline || release.stageMs >= longestWayBackMs(rollout, release.plan);
}
