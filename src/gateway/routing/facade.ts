import type { Job } from '../http1/job.ts';
import type { LegacyRoute, LivePath } from './live-path.ts';
import { isSafeToRepeat, type FailedAttempt } from './retry.ts';
import { hasPathPrefix } from './path-prefix.ts';
import type { LiveRoute } from './route-table.ts';
import type { PathTarget } from '../../rollout/traffic.ts';

/** The path of a façade that a request belongs to: the first that fits. */
export function pathOf({ paths }: LiveRoute, path: string): LivePath | undefined {
  return paths?.find((one) => hasPathPrefix(path, one.path));
}

/** True where a user must be known before it is clear who answers, or by which track. */
export function asksForUser(path: LivePath | undefined): boolean {
  return path === undefined || (path.to.kind !== 'legacy' && path.to.kind !== 'shadow');
}

/**
 * The old system, where it is to answer. While nothing of the Rollout serves, it does so wherever it can: it is what
 * users have had so far. `pointIn` tells a user's point in a division of this name.
 */
export function legacyFor(
  route: LiveRoute,
  path: LivePath | undefined,
  pointIn: (name: string) => number,
): LegacyRoute | undefined {
  if (path?.legacy === undefined) return undefined;
  if (route.parts.length > 0 && isForNew(path.to, () => pointIn(splitName(route)))) return undefined;
  if (path.to.kind === 'newWithFallback') path.counter.fellBack();
  return path.legacy;
}

function isForNew(to: PathTarget, point: () => number): boolean {
  if (to.kind === 'split') return point() < to.share;
  return to.kind === 'newWithFallback';
}

/**
 * One division for all paths of a Rollout, so that a user who has come to the new system by one path comes to it by
 * all of the same share; and another than that of the tracks, which would all get the same users first.
 */
function splitName({ rollout }: LiveRoute): string {
  return `${rollout} split`;
}

/** The job of asking an old system. */
export function legacyJob(job: Job, legacy: LegacyRoute): Job {
  const { host, part } = legacy;
  const headers = host === undefined ? job.headers : withHost(job.headers, host);
  return { ...job, route: legacy, part, isDrawn: false, isMatched: false, user: undefined, headers };
}

/** The job of asking the old system in place of a Rollout that has failed; undefined when that is not wanted, or not safe. */
export function fallbackOf(job: Job, { wasSent, at }: FailedAttempt): Job | undefined {
  const { path, earlier } = job;
  if (path?.legacy === undefined || path.to.kind !== 'newWithFallback') return undefined;
  if (!mayFallBack(job, wasSent)) return undefined;
  path.counter.fellBack();
  // What an old system answers is no evidence, so no copy is compared with it.
  job.original?.drop('unanswered');
  const again = { count: (earlier?.count ?? 0) + 1, failed: at, pause: false };
  return {
    ...legacyJob(job, path.legacy),
    startedMs: performance.now(),
    earlier: again,
    original: undefined,
  };
}

function mayFallBack({ route, head, kept }: Job, wasSent: boolean): boolean {
  if (route.isLegacy === true) return false;
  return !wasSent || isSafeToRepeat(head) || kept?.isWhole === true;
}

function withHost(headers: readonly string[], host: string): string[] {
  return headers.map((text, i) => (i % 2 === 1 && headers[i - 1] === 'host' ? host : text));
}
