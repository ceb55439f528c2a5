/**
 * A histogram over log-spaced buckets, sparse: `[index, count]`, ascending by index. Bucket `i` holds values
 * in (growth^(i-1), growth^i] milliseconds with growth 2^(1/32) ≈ 1.0219: the layout of a Prometheus native
 * histogram of schema 5.
 */
export type LogHistogram = readonly (readonly [index: number, count: number])[];

/** Buckets per factor of two. */
export const BUCKETS_PER_DOUBLING = 32;

/** Requests of one track. Cumulative since the source's epoch, or the difference of two such readings. */
export interface TrackCounters {
  readonly requests: number;
  /** Answers of status 5xx and requests that got no answer because of the workload. */
  readonly errors: number;
  /** Time to answer, in milliseconds. */
  readonly latency: LogHistogram;
}

/** The counters of a track that has served nothing. */
export const NO_REQUESTS: TrackCounters = { requests: 0, errors: 0, latency: [] };

/** What happened between two readings: the candidate beside what it is compared with. */
export interface Tick {
  readonly ms: number;
  readonly candidate: TrackCounters;
  readonly control: TrackCounters;
}

/** `later - earlier`; undefined when a counter went backwards, that is when the source started anew. */
export function countersBetween(earlier: TrackCounters, later: TrackCounters): TrackCounters | undefined {
  const latency = histogramBetween(earlier.latency, later.latency);
  const requests = later.requests - earlier.requests;
  const errors = later.errors - earlier.errors;
  return latency === undefined || requests < 0 || errors < 0 ? undefined : { requests, errors, latency };
}

function histogramBetween(earlier: LogHistogram, later: LogHistogram): LogHistogram | undefined {
  const before = new Map(earlier);
  const difference: [number, number][] = [];
  for (const [index, count] of later) {
    const added = count - (before.get(index) ?? 0);
    before.delete(index);
    if (added < 0) return undefined;
    if (added > 0) difference.push([index, added]);
  }
  return before.size > 0 ? undefined : difference;
}

/** The bucket a duration falls into; everything at or below a microsecond shares the lowest. */
export function bucketOf(ms: number): number {
  // Adding 0 turns a negative zero, which JSON does not know, into a plain one.
  return Math.ceil(Math.log2(Math.max(ms, 0.001)) * BUCKETS_PER_DOUBLING - 1e-9) + 0;
}

/** The upper bound of a bucket, in milliseconds. */
export function upperBoundOf(index: number): number {
  return 2 ** (index / BUCKETS_PER_DOUBLING);
}

/** The `q` quantile (0 to 1) in milliseconds, as its bucket's upper bound; undefined without values. */
export function quantileOf(histogram: LogHistogram, q: number): number | undefined {
  const total = histogram.reduce((sum, [, count]) => sum + count, 0);
  let seen = 0;
  for (const [index, count] of histogram) {
    seen += count;
    if (seen >= q * total) return upperBoundOf(index);
  }
  return undefined;
}
