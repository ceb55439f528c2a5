import type { LogHistogram } from '../measurement.ts';
import type { BucketRun } from './bucket-run.ts';

/**
 * A histogram with its buckets in reverse: what was small is large. So "too low" is asked with the same bets as
 * "too high". Ratios between values stay what they were.
 */
export function mirroredHistogram(histogram: LogHistogram): LogHistogram {
  return histogram.map(([index, count]) => [0 - index, count] as const).reverse();
}

/** A run with its buckets in reverse. */
export function mirroredRun({ from, counts }: BucketRun): BucketRun {
  return { from: 1 - from - counts.length, counts: counts.toReversed() };
}
