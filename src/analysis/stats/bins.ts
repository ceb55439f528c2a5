import type { LogHistogram } from '../measurement.ts';
import { quantileBucket, totalOf, type BucketRun } from './bucket-run.ts';
import { probabilityUpTo, type Distribution } from './distribution.ts';

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
const MOST_BINS = 32;
const NEGLIGIBLE_TAIL = 0.0005;

/** Bins for values learned in `run` and moved up by `shift` buckets; everything up to `collapse` is one bin. */
export function binsFor(run: BucketRun, shift: number, collapse: number | undefined): Bins {
  const total = totalOf(run);
  const low = (quantileBucket(run, NEGLIGIBLE_TAIL, total) ?? 0) + shift;
  const high = (quantileBucket(run, 1 - NEGLIGIBLE_TAIL, total) ?? 0) + shift;
  const first = Math.max(low, collapse ?? low);
  const span = Math.max(0, high - first);
  const step = Math.max(1, Math.ceil(span / MOST_BINS));
  return { first, step, count: Math.ceil(span / step) + 2 };
}

/** How many of the histogram's values, moved up by `shift` buckets, are in the first `i` bins, for `i` from 0. */
export function countsUpTo(histogram: LogHistogram, shift: number, bins: Bins): readonly number[] {
  const upTo = new Array<number>(bins.count + 1).fill(0);
  for (const [index, count] of histogram) {
    const bin = Math.ceil((index + shift - bins.first) / bins.step);
    const at = Math.min(Math.max(bin, 0), bins.count - 1) + 1;
    upTo[at] = (upTo[at] ?? 0) + count;
  }
  for (let i = 1; i < upTo.length; i += 1) upTo[i] = (upTo[i] ?? 0) + (upTo[i - 1] ?? 0);
  return upTo;
}

/** Probability of the first bins up to each one, of a distribution moved up by `shift` buckets. */
export function probabilitiesUpTo(distribution: Distribution, shift: number, bins: Bins): readonly number[] {
  const upTo: number[] = [];
  for (let bin = 0; bin < bins.count - 1; bin += 1) {
    upTo.push(probabilityUpTo(distribution, bins.first + bin * bins.step - shift));
  }
  upTo.push(1);
  return upTo;
}
