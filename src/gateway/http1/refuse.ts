import { accessLine } from '../access-log/access-line.ts';
import { answer } from './answer.ts';
import type { Asked } from './job.ts';
import type { Refusal } from './request-head.ts';
import type { LiveRoute } from '../routing/route-table.ts';

/** There is a route, and no process that could take a request. */
export const NOTHING_RUNS: Refusal = { status: 503, reason: 'nothing is running behind this route' };

/** There is none. */
export const NO_ROUTE: Refusal = { status: 404, reason: 'no route for this host and path' };

/** The façade has no such path. */
export const NO_PATH: Refusal = { status: 404, reason: 'no route for this path' };

/** Every process that could take the request has as many as it may have. */
export const TOO_BUSY: Refusal = { status: 503, reason: 'too many requests are under way' };

/** Whoever was asked, for messages. */
export function askedOf({ isLegacy }: LiveRoute): string {
  return isLegacy === true ? 'the old system' : 'the workload';
}

/** Nobody listens where a request was to go. */
export function nobodyAnswers({ isLegacy }: LiveRoute): Refusal {
  const reason = isLegacy === true ? 'the old system does not answer' : 'nobody answers behind this route';
  return { status: 502, reason };
}

/** Answers a request that no process gets. It counts for no track, but is written down. */
export function refuse(asked: Asked, refusal: Refusal, headers: readonly string[] = []): void {
  const { res, requestId } = asked;
  answer(res, refusal, [...headers, 'X-Request-Id', requestId]);
  noteRefused(asked, refusal.status);
}

/** Writes down a request that no process got. */
export function noteRefused(asked: Asked, status: number): void {
  const { route, startedMs } = asked;
  if (route.log === undefined) return;
  const ms = performance.now() - startedMs;
  route.log.write(accessLine(asked, { status, ms, how: 'answered', bytes: 0, served: undefined }));
}
