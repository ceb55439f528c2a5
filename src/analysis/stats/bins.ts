import type { LogHistogram } from '../measurement.ts';
import { quantileBucket, type BucketRun } from './bucket-run.ts';

/**
 * How buckets are pooled for a bet: one bin up to bucket `first`, then bins of `step` buckets, and one for
 * everything beyond. Pooling keeps the order of values, so "not slower" stays true of bins when it is true of
 * values; and the bins are chosen from earlier ticks only.
 */
export interface Bins {
  readonly first: number;
  readonly step: number;
  readonly count: number;
}

/** Finer bins cost time and gain nothing once they are narrow against the distribution. */
const MOST_BINS = 72;
const NEGLIGIBLE_TAIL = 0.0005;

/** Bins for values learned in `run` and moved up by `shift` buckets; everything up to `collapse` is one bin. */
export function binsFor(run: BucketRun, shift: number, collapse: number | undefined): Bins {
  const low = (quantileBucket(run, NEGLIGIBLE_TAIL) ?? 0) + shift;
  const high = (quantileBucket(run, 1 - NEGLIGIBLE_TAIL) ?? 0) + shift;
  const first = Math.max(low, collapse ?? low);
  const span = Math.max(0, high - first);
  const step = Math.max(1, Math.ceil(span / MOST_BINS));
  return { first, step, count: Math.ceil(span / step) + 2 };
}

/** The histogram's values per bin, after moving them up by `shift` buckets. */
export function intoBins(histogram: LogHistogram, shift: number, bins: Bins): Float64Array {
  const counts = new Float64Array(bins.count);
  for (const [index, count] of histogram) {
    const bin = Math.ceil((index + shift - bins.first) / bins.step);
    const at = Math.min(Math.max(bin, 0), bins.count - 1);
    counts[at] = (counts[at] ?? 0) + count;
  }
  return counts;
}

/** Probability per bin of a distribution given by its `upTo(edge)`, with a trace of evenly spread doubt. */
export function massPerBin(upTo: (edge: number) => number, bins: Bins, doubt: number): Float64Array {
  const mass = new Float64Array(bins.count);
  let before = 0;
  for (let bin = 0; bin < bins.count; bin += 1) {
    const until = bin === bins.count - 1 ? 1 : upTo(bins.first + bin * bins.step);
    mass[bin] = (1 - doubt) * (until - before) + doubt / bins.count;
    before = until;
  }
  return mass;
}
