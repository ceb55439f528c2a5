import { upperBoundOf, type LogHistogram } from '../measurement.ts';

/** A histogram as one run of neighbouring buckets: bucket `from + i` holds `counts[i]` values. Compact as JSON. */
export interface BucketRun {
  readonly from: number;
  readonly counts: readonly number[];
}

/** No values yet. */
export const EMPTY_RUN: BucketRun = { from: 0, counts: [] };

/** Below a microsecond and above a day, values share the outermost bucket, so that a run stays bounded. */
const LOWEST_BUCKET = -320;
const HIGHEST_BUCKET = 845;

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
  return { from, counts };
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
  return Math.min(Math.max(index, LOWEST_BUCKET), HIGHEST_BUCKET);
}

/** How many values the run holds. */
export function totalOf(run: BucketRun): number {
  let total = 0;
  for (const count of run.counts) total += count;
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

/** The bucket that holds the `q` quantile; undefined for an empty run. */
export function quantileBucket(run: BucketRun, q: number): number | undefined {
  const wanted = q * totalOf(run);
  let seen = 0;
  for (let i = 0; i < run.counts.length; i += 1) {
    seen += run.counts[i] ?? 0;
    if (seen > 0 && seen >= wanted) return run.from + i;
  }
  return undefined;
}

/** The `q` quantile in milliseconds, as its bucket's upper bound. */
export function runQuantile(run: BucketRun, q: number): number | undefined {
  const bucket = quantileBucket(run, q);
  return bucket === undefined ? undefined : upperBoundOf(bucket);
}
