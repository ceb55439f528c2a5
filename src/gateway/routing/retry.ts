import { jittered } from '../../base/jitter.ts';
import type { RetryReason } from '../../rollout/traffic.ts';
import { fallbackOf } from './facade.ts';
import type { Job } from '../http1/job.ts';
import type { GatewayRoute } from '../protocol.ts';
import type { RequestHead } from '../http1/request-head.ts';
import type { LiveRoute } from './route-table.ts';
import type { Upstream } from './upstream.ts';

/** So many requests earn one retry, so that retries never add more than a fifth to the load of failing processes. */
const REQUESTS_PER_RETRY = 5;
/** Retries that may be saved up, and that there are to begin with. */
const MOST_SAVED = 20;
const FIRST_DELAY_MS = 25;
const LONGEST_DELAY_MS = 1_000;

/** Methods that change nothing (RFC 9110 §9.2.1); TRACE is left out, since it shows what proxies add. */
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/** A failure that may be worth another try. */
export interface FailedAttempt {
  readonly why: RetryReason;
  /** False when nobody can have read anything of the request. */
  readonly wasSent: boolean;
  readonly at: Upstream | undefined;
  /** True when the draw of the request's part was counted. */
  readonly wasDrawn: boolean;
}

interface Candidate extends Pick<FailedAttempt, 'why' | 'wasSent'> {
  readonly head: RequestHead;
  /** How often the request was sent again before. */
  readonly count: number;
}

/** True for a request that a process may have read and that may be sent again all the same. */
export function isSafeToRepeat({ hasBody, method }: RequestHead): boolean {
  return !hasBody && isSafe({ method });
}

/** True for a request that changes nothing, by what its method says. */
export function isSafe({ method }: Pick<RequestHead, 'method'>): boolean {
  return SAFE.has(method);
}

/** Whether requests of a route are sent again. */
export class Retries {
  readonly #rules: NonNullable<GatewayRoute['retries']>;
  #saved = MOST_SAVED;

  constructor(rules: NonNullable<GatewayRoute['retries']>) {
    this.#rules = rules;
  }

  /** A request has come. */
  earn(): void {
    if (this.#saved < MOST_SAVED) this.#saved += 1 / REQUESTS_PER_RETRY;
  }

  /** Whether to try again; if so the retry is spent. */
  take({ why, head, count, wasSent }: Candidate): boolean {
    const { attempts, on } = this.#rules;
    if (count >= attempts || !on.includes(why) || this.#saved < 1) return false;
    if (wasSent && !isSafeToRepeat(head)) return false;
    this.#saved -= 1;
    return true;
  }
}

/** The job of asking somebody again: the same route, else the old system behind it. Undefined: nobody, or it is not safe. */
export function nextAttempt(job: Job, failure: FailedAttempt): Job | undefined {
  return sameAgain(job, failure) ?? fallbackOf(job, failure);
}

function sameAgain(job: Job, failure: FailedAttempt): Job | undefined {
  const { route, head, earlier, isDrawn } = job;
  const { why, wasSent, at, wasDrawn } = failure;
  const count = earlier?.count ?? 0;
  if (route.again?.take({ why, head, count, wasSent }) !== true) return undefined;
  return {
    ...job,
    isDrawn: isDrawn && !wasDrawn,
    startedMs: performance.now(),
    earlier: { count: count + 1, failed: at, pause: !wasSent || isAlone(route, at) },
  };
}

/** True when no other process could take the request. */
function isAlone({ fallbacks }: LiveRoute, failed: Upstream | undefined): boolean {
  return !fallbacks.some(({ upstreams }) => upstreams.some((one) => one !== failed && !one.removed));
}

/** How long to wait before a request goes to a process that has just failed. */
export function retryDelayMs(attempt: number, random: () => number): number {
  return jittered(Math.min(FIRST_DELAY_MS * 2 ** attempt, LONGEST_DELAY_MS), random());
}
