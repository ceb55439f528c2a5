import type { Job } from '../http1/job.ts';
import type { LivePart } from './route-table.ts';
import type { Upstream } from './upstream.ts';

/** Where a request goes. */
export interface Chosen {
  readonly part: LivePart;
  readonly upstream: Upstream;
}

interface Choice {
  /** Milliseconds on the clock of `suspect`. */
  readonly nowMs: number;
  /** True: also those that failed a moment ago. */
  readonly suspects: boolean;
  /** Those this request has tried already. */
  readonly tried: ReadonlySet<Upstream> | undefined;
  /** Where the request failed before. */
  readonly avoid: Upstream | undefined;
  /** Those with so many requests get no more. */
  readonly most?: number | undefined;
}

/**
 * An endpoint of the request's part, else of another that serves users; those that just failed only when nothing else
 * is left, and the one where this very request has failed last of all.
 */
export function choose(job: Job, tried: ReadonlySet<Upstream> | undefined): Chosen | undefined {
  const nowMs = performance.now();
  const avoid = job.earlier?.failed;
  const choice = { nowMs, suspects: false, tried, avoid, most: job.route.maxRequests };
  const first = among(job, choice);
  if (first !== undefined) return first;
  const second = among(job, { ...choice, suspects: true });
  if (second !== undefined || avoid === undefined) return second;
  return among(job, { ...choice, suspects: true, avoid: undefined });
}

function among({ route, part, random }: Job, choice: Choice): Chosen | undefined {
  const upstream = leastBusy(part.upstreams, random, choice);
  if (upstream !== undefined) return { part, upstream };
  for (const fallback of route.fallbacks) {
    const other = leastBusy(fallback.upstreams, random, choice);
    if (other !== undefined) return { part: fallback, upstream: other };
  }
  return undefined;
}

/**
 * True when every process of the request's part has as many requests as it may have. Others do not take its requests
 * then: what one version cannot bear must not become the load of another.
 */
export function isFull({ route, part }: Job): boolean {
  const { maxRequests } = route;
  if (maxRequests === undefined) return false;
  const serving = part.upstreams.filter(({ removed }) => !removed);
  return serving.length > 0 && serving.every(({ inflight }) => inflight >= maxRequests);
}

/** A process for a copy: none that just failed while there are others. */
export function chooseAmong(
  upstreams: readonly Upstream[],
  random: () => number,
  tried?: ReadonlySet<Upstream>,
): Upstream | undefined {
  const choice = { nowMs: performance.now(), suspects: false, tried, avoid: undefined };
  return leastBusy(upstreams, random, choice) ?? leastBusy(upstreams, random, { ...choice, suspects: true });
}

/** Of two endpoints drawn at random the less busy one. */
function leastBusy(
  upstreams: readonly Upstream[],
  random: () => number,
  choice: Choice,
): Upstream | undefined {
  const one = draw(upstreams, random, choice);
  if (one === undefined || upstreams.length === 1) return one;
  const other = draw(upstreams, random, choice);
  return other !== undefined && other.inflight < one.inflight ? other : one;
}

/** The first that may be chosen from a random place on. */
function draw(upstreams: readonly Upstream[], random: () => number, choice: Choice): Upstream | undefined {
  const start = Math.floor(random() * upstreams.length);
  for (let i = 0; i < upstreams.length; i += 1) {
    const upstream = upstreams[(start + i) % upstreams.length];
    if (upstream !== undefined && isEligible(upstream, choice)) return upstream;
  }
  return undefined;
}

function isEligible(upstream: Upstream, choice: Choice): boolean {
  if (upstream.removed || upstream === choice.avoid || choice.tried?.has(upstream) === true) return false;
  if (choice.most !== undefined && upstream.inflight >= choice.most) return false;
  return choice.suspects || !upstream.isSuspect(choice.nowMs);
}
