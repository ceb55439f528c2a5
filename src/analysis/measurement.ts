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
  /** Users seen and users with a failed request, each once per window; absent where users are not known. */
  readonly users?: { readonly seen: number; readonly failed: number };
  /** Choices of this track by weight alone: of new users where users stick to a track, else of requests. */
  readonly assigned?: number;
}

/** The counters of a track that has served nothing. */
export const NO_REQUESTS: TrackCounters = { requests: 0, errors: 0, latency: [] };

/** How often something could have happened (requests, users, share of the traffic × ms), and how often it did. */
export interface Exposure {
  readonly trials: number;
  readonly events: number;
}

/** What answers to copies have differed in. Names and places only: never what was there. */
export interface AnswerDifference {
  readonly method: string;
  /** Without a query; segments that may be somebody's are `*`. */
  readonly path: string;
  /** `status`, `header content-type`, `body /price`, … */
  readonly field: string;
  readonly count: number;
}

/** The newest value of each unit, by its name: a process, a pod; or one value named `''`. */
export type UnitValues = Readonly<Record<string, number>>;

interface Arms<Kind extends string, Value> {
  readonly kind: Kind;
  readonly candidate: Value;
  readonly control: Value;
}

/** What one check measured in one tick. */
export type Sample =
  | (Arms<'counts', Exposure> & Apart & Covering)
  | (Arms<'distribution', LogHistogram> & Covering)
  | Arms<'gauge', UnitValues>
  /** It could not be measured, and why. */
  | { readonly kind: 'missing'; readonly reason: string };

/** What each of several variants has of the candidate's counts, by its track. */
interface Apart {
  readonly variants?: Readonly<Record<string, Exposure>>;
}

interface Covering {
  /** How long it was counted, where that is not as long as the tick: a source tells of its scrapes, not of now. */
  readonly coveredMs?: number;
}

/** One kind of sample. */
export type SampleOf<Kind extends Sample['kind']> = Extract<Sample, { readonly kind: Kind }>;

/**
 * What a source has counted for one check; gauges are as of `toMs`, or as of now. `events` have no denominator: their
 * exposure is the share of the traffic that was planned.
 */
export type CheckReading =
  | (Arms<'counts', Exposure> & Apart & Counted)
  | (Arms<'events', number> & Counted)
  | (Arms<'distribution', LogHistogram> & Counted)
  | (SampleOf<'gauge'> & Partial<Pick<Counted, 'toMs'>>)
  | SampleOf<'missing'>;

/** Cumulative since the epoch; another one means that counting began anew. */
interface Counted {
  readonly epoch: string;
  /** What happened until then is counted; it may be a while ago. Wall clock of the controller, milliseconds. */
  readonly toMs: number;
}

/** What happened between two readings: the candidate beside what it is compared with. */
export interface Tick {
  readonly ms: number;
  readonly candidate: TrackCounters;
  readonly control: TrackCounters;
  /** What each of several variants has of the candidate's, by its track; absent where there is one candidate, or nobody tells them apart. */
  readonly variants?: Readonly<Record<string, TrackCounters>>;
  /** What the candidate served besides, to those who were sent there by a match: counted, and compared with nobody. */
  readonly matched?: { readonly requests: number; readonly errors: number };
  /** What sources measured, by the name of the check; a check that is not named was not measured. */
  readonly measured?: Readonly<Record<string, Sample>>;
  /** The share of the traffic planned for the candidate, between 0 and 1; absent where none is divided. */
  readonly plannedShare?: number;
}

/** `later - earlier`; undefined when a counter went backwards, that is when the source started anew. */
export function countersBetween(earlier: TrackCounters, later: TrackCounters): TrackCounters | undefined {
  const latency = histogramBetween(earlier.latency, later.latency);
  const requests = later.requests - earlier.requests;
  const errors = later.errors - earlier.errors;
  if (latency === undefined || requests < 0 || errors < 0) return undefined;
  return { requests, errors, latency, ...usersBetween(earlier, later), ...assignedBetween(earlier, later) };
}

/** What several tracks have served together. */
export function countersTogether(all: readonly TrackCounters[]): TrackCounters {
  const [first = NO_REQUESTS, ...others] = all;
  return others.reduce(withCounters, first);
}

function withCounters(a: TrackCounters, b: TrackCounters): TrackCounters {
  const users = eitherOrBoth(a.users, b.users, (one, other) => ({
    seen: one.seen + other.seen,
    failed: one.failed + other.failed,
  }));
  const assigned = eitherOrBoth(a.assigned, b.assigned, (one, other) => one + other);
  return {
    requests: a.requests + b.requests,
    errors: a.errors + b.errors,
    latency: histogramTogether(a.latency, b.latency),
    ...(users === undefined ? {} : { users }),
    ...(assigned === undefined ? {} : { assigned }),
  };
}

function eitherOrBoth<T>(a: T | undefined, b: T | undefined, both: (a: T, b: T) => T): T | undefined {
  return a === undefined || b === undefined ? (a ?? b) : both(a, b);
}

/** What happened to both. */
export function exposureTogether(a: Exposure, b: Exposure): Exposure {
  return { trials: a.trials + b.trials, events: a.events + b.events };
}

/** The values of both. */
export function histogramTogether(a: LogHistogram, b: LogHistogram): LogHistogram {
  const counts = new Map(a);
  for (const [index, count] of b) counts.set(index, (counts.get(index) ?? 0) + count);
  return [...counts].sort(([one], [other]) => one - other);
}

/** What is left of a track's counters without the requests of its match, whose users are not among its own. */
export function withoutMatched(all: TrackCounters, matched: TrackCounters): TrackCounters | undefined {
  const { requests, errors, latency } = matched;
  return requests === 0 ? all : countersBetween({ requests, errors, latency }, all);
}

function usersBetween(earlier: TrackCounters, later: TrackCounters): Pick<TrackCounters, 'users'> {
  if (later.users === undefined) return {};
  const seen = later.users.seen - (earlier.users?.seen ?? 0);
  const failed = later.users.failed - (earlier.users?.failed ?? 0);
  return seen < 0 || failed < 0 ? {} : { users: { seen, failed } };
}

function assignedBetween(earlier: TrackCounters, later: TrackCounters): Pick<TrackCounters, 'assigned'> {
  if (later.assigned === undefined) return {};
  const assigned = later.assigned - (earlier.assigned ?? 0);
  return assigned < 0 ? {} : { assigned };
}

const NO_BUCKET: LogHistogram[number] = [Infinity, 0];

/** The values added between two cumulative histograms; undefined when a bucket went backwards. */
export function histogramBetween(earlier: LogHistogram, later: LogHistogram): LogHistogram | undefined {
  const difference: [number, number][] = [];
  let place = 0;
  for (const [index, count] of later) {
    const [next, known] = earlier[place] ?? NO_BUCKET;
    // A bucket that is there no more has gone backwards.
    if (next < index) return undefined;
    const added = next === index ? count - known : count;
    if (next === index) place += 1;
    if (added < 0) return undefined;
    if (added > 0) difference.push([index, added]);
  }
  return place < earlier.length ? undefined : difference;
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
