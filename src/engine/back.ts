import { desiredAtRest } from './desired.ts';
import { event } from './release-events.ts';
import type { EngineEvent } from './decision.ts';
import { readyOf, type ReleaseLook } from './look.ts';
import { isSameRoute } from './observation.ts';
import type { Back, ReleaseState } from './status.ts';
import { longestWayBackMs } from './turn-back.ts';

/** Turns a release round: from here on it only goes back. */
export function turnBack(
  release: ReleaseState,
  direction: Back,
): { release: ReleaseState; event: EngineEvent } {
  const { asking: _, ...rest } = release;
  const turned: ReleaseState = { ...rest, direction, stageMs: 0, paused: false, counting: false };
  return { release: turned, event: event(release, 'RollingBack', direction.reason) };
}

/** How the way back stands. */
export type BackMove =
  | { readonly kind: 'going'; readonly message: string }
  | { readonly kind: 'arrived' }
  /** The time for it is over: the release ends, and what is desired goes on being made so. */
  | { readonly kind: 'forced'; readonly why: string };

/** Looks whether stable serves everything again. */
export function moveBack({ rollout, release, seen }: ReleaseLook): BackMove {
  if (release.from === undefined) return { kind: 'arrived' };
  const wanted = desiredAtRest(rollout, release.from).route;
  const isRouted = wanted === undefined || (seen.route !== undefined && isSameRoute(seen.route, wanted));
  const isReady = readyOf(seen, release.from) > 0;
  if (isRouted && isReady) return { kind: 'arrived' };
  const why = isReady ? 'the data plane has not confirmed the way back' : 'stable is not ready';
  const isPastDeadline = rollout.onDeadline === 'rollBack' && release.ageMs >= rollout.deadlineMs;
  const isForced = isPastDeadline || release.stageMs >= longestWayBackMs(rollout.deadlineMs);
  return isForced ? { kind: 'forced', why } : { kind: 'going', message: `going back: ${why}` };
}
