import { desiredAtRest } from './desired.ts';
import { event } from './release-events.ts';
import type { EngineEvent } from './decision.ts';
import { isExclusive } from '../strategy/plan.ts';
import { groupOf, readyOf, type ReleaseLook } from './look.ts';
import { isServed } from './observation.ts';
import type { Back, ReleaseState } from './status.ts';
import { longestWayBackMs } from './turn-back.ts';

/** Turns a release round: from here on it only goes back. */
export function turnBack(
  release: ReleaseState,
  direction: Back,
): { release: ReleaseState; event: EngineEvent } {
  const { asking: _, ...rest } = release;
  const stage = isExclusive(release.plan) ? 'shrink' : release.stage;
  const turned: ReleaseState = { ...rest, stage, direction, stageMs: 0, paused: false, counting: false };
  return { release: turned, event: event(release, 'RollingBack', direction.reason) };
}

/** Notes, where the two may not run together, that the candidate is gone: stable may start. */
export function afterCandidate({ release, seen }: ReleaseLook): ReleaseState {
  const isWaiting = isExclusive(release.plan) && release.stage === 'shrink';
  const isGone = seen.groups !== undefined && (groupOf(seen, release.to)?.running ?? 0) === 0;
  return isWaiting && isGone ? { ...release, stage: 'grow' } : release;
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
  const isReady = readyOf(seen, release.from) > 0;
  if (isRouted && isReady) return { kind: 'arrived' };
  const why = isReady ? 'the data plane has not confirmed the way back' : 'stable is not ready';
  return mayBeForced(look) ? { kind: 'forced', why } : { kind: 'going', message: `going back: ${why}` };
}

function mayBeForced({ rollout, release, seen }: ReleaseLook): boolean {
  // A candidate that still runs alone is never joined by stable.
  if (isExclusive(release.plan) && (groupOf(seen, release.to)?.running ?? 0) > 0) return false;
  const isPastDeadline = rollout.onDeadline === 'rollBack' && release.ageMs >= rollout.deadlineMs;
  return isPastDeadline || release.stageMs >= longestWayBackMs(rollout, release.plan);
}
