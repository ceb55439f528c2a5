import { upperBoundOf, type LogHistogram } from '../measurement.ts';

/** A histogram as one run of neighbouring buckets: bucket `from + i` holds `counts[i]` values. Compact as JSON. */
export interface BucketRun {
  readonly from: number;
  readonly counts: readonly number[];
}

/** No values yet. */
export const EMPTY_RUN: BucketRun = { from: 0, counts: [] };

/** Below a microsecond, or byte, and above a terabyte, values share the outermost bucket. */
const LOWEST_BUCKET = -320;
const HIGHEST_BUCKET = 1_280;

/** A run reaches over a factor of 2,400 at most; what lies beyond shares its outermost bucket, so that it stays short. */
const MOST_BUCKETS = 360;

/** The run with the histogram's values added. */
export function addToRun(run: BucketRun, histogram: LogHistogram): BucketRun {
  const [lowest] = histogram;
  const highest = histogram.at(-1);
  if (lowest === undefined || highest === undefined) return run;
  const { from, counts } = widened(run, bounded(lowest[0]), bounded(highest[0]));
  for (const [index, count] of histogram) {
    const at = bounded(index) - from;
    counts[at] = (counts[at] ?? 0) + count;
  }
  return counts.length > MOST_BUCKETS ? narrowed({ from, counts }) : { from, counts };
}

/** Only the stretch of buckets that holds the most values, the lowest such, with all others at its ends. */
function narrowed({ from, counts }: BucketRun): BucketRun {
  const last = counts.length - MOST_BUCKETS;
  let held = sumOf(counts.slice(0, MOST_BUCKETS));
  let [best, most] = [0, held];
  for (let first = 1; first <= last; first += 1) {
    held += (counts[first + MOST_BUCKETS - 1] ?? 0) - (counts[first - 1] ?? 0);
    if (held > most) [best, most] = [first, held];
  }
  const kept = counts.slice(best, best + MOST_BUCKETS);
  kept[0] = (kept[0] ?? 0) + sumOf(counts.slice(0, best));
  kept[MOST_BUCKETS - 1] = (kept[MOST_BUCKETS - 1] ?? 0) + sumOf(counts.slice(best + MOST_BUCKETS));
  return { from: from + best, counts: kept };
}

/** A copy that reaches from bucket `first` to `last`, or further where the run does. */
function widened(run: BucketRun, first: number, last: number): { from: number; counts: number[] } {
  if (run.counts.length === 0) return { from: first, counts: new Array<number>(last - first + 1).fill(0) };
  const lead = Math.max(0, run.from - first);
  const trail = Math.max(0, last - (run.from + run.counts.length - 1));
  if (lead === 0 && trail === 0) return { from: run.from, counts: run.counts.slice() };
  const zeros = (count: number): number[] => new Array<number>(count).fill(0);
  return { from: run.from - lead, counts: zeros(lead).concat(run.counts, zeros(trail)) };
}

function bounded(index: number): number {
  // Adding 0 turns a negative zero, which JSON does not know, into a plain one.
  return Math.min(Math.max(index, LOWEST_BUCKET), HIGHEST_BUCKET) + 0;
}

/** How many values the run holds. */
export function totalOf(run: BucketRun): number {
  return sumOf(run.counts);
}

/** By index, which is much faster than by iteration: it runs a dozen times per tick. */
function sumOf(counts: readonly number[]): number {
  let total = 0;
  for (let i = 0; i < counts.length; i += 1) total += counts[i] ?? 0;
  return total;
}

/** The run with half of its values: older ones count less and less. Buckets left empty at the ends go. */
export function halved(run: BucketRun): BucketRun {
  const counts = run.counts.map((count) => Math.floor(count / 2));
  const first = counts.findIndex((count) => count > 0);
  if (first < 0) return EMPTY_RUN;
  const last = counts.findLastIndex((count) => count > 0);
  return { from: run.from + first, counts: counts.slice(first, last + 1) };
}

/** The bucket that holds the `q` quantile; undefined for an empty run. `total`: of the run, where it is known. */
export function quantileBucket(run: BucketRun, q: number, total = totalOf(run)): number | undefined {
  const wanted = q * total;
  let seen = 0;
  for (let i = 0; i < run.counts.length; i += 1) {
    seen += run.counts[i] ?? 0;
    if (seen > 0 && seen >= wanted) return run.from + i;
  }
  return undefined;
}

/** The `q` quantile in milliseconds, as its bucket's upper bound. */
export function runQuantile(run: BucketRun, q: number, total = totalOf(run)): number | undefined {
  const bucket = quantileBucket(run, q, total);
  return bucket === undefined ? undefined : upperBoundOf(bucket);
}
