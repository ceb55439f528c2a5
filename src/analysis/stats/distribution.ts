import { quantileBucket, totalOf, type BucketRun } from './bucket-run.ts';

/** A smooth distribution over log buckets, learned from a run: the model bets are made with. */
export interface Distribution {
  readonly from: number;
  /** `cumulative[i]`: probability of bucket `from + i` or lower. */
  readonly cumulative: readonly number[];
  /** How many values it was learned from. */
  readonly size: number;
}

/**
 * Smooths by two passes of a moving mean, wide for few values and narrow for many (Silverman's rule on the
 * narrower of the two measures of spread, so that a spike stays a spike).
 */
export function distributionOf(run: BucketRun): Distribution {
  const size = totalOf(run);
  const reach = smoothingReach(run, size);
  const cumulative = movingSum(movingSum(run.counts, reach), reach);
  const all = size * (2 * reach + 1) ** 2;
  let sum = 0;
  for (let i = 0; i < cumulative.length; i += 1) {
    sum += cumulative[i] ?? 0;
    cumulative[i] = sum / all;
  }
  return { from: run.from - 2 * reach, cumulative, size };
}

/** Probability of a value at or below the bucket `edge`, which may lie between two buckets. */
export function probabilityUpTo(distribution: Distribution, edge: number): number {
  const { cumulative } = distribution;
  const position = edge - distribution.from;
  if (position <= -1) return 0;
  const below = Math.floor(position);
  if (below >= cumulative.length - 1) return 1;
  const low = below < 0 ? 0 : (cumulative[below] ?? 0);
  const high = cumulative[below + 1] ?? 1;
  return low + (high - low) * (position - below);
}

function smoothingReach(run: BucketRun, size: number): number {
  const low = quantileBucket(run, 0.25, size) ?? 0;
  const high = quantileBucket(run, 0.75, size) ?? 0;
  const spread = Math.min(standardDeviation(run, size), (high - low) / 1.34);
  return Math.round(0.9 * spread * Math.max(size, 1) ** -0.2);
}

function standardDeviation(run: BucketRun, size: number): number {
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < run.counts.length; i += 1) {
    const count = run.counts[i] ?? 0;
    sum += count * i;
    squares += count * i * i;
  }
  return size === 0 ? 0 : Math.sqrt(Math.max(0, squares / size - (sum / size) ** 2));
}

/** Sums of `2·reach + 1` neighbours, `reach` places longer on either side. */
function movingSum(values: readonly number[], reach: number): number[] {
  const width = 2 * reach + 1;
  const sums = new Array<number>(values.length + 2 * reach).fill(0);
  let sum = 0;
  for (let i = 0; i < sums.length; i += 1) {
    if (i < values.length) sum += values[i] ?? 0;
    if (i >= width) sum -= values[i - width] ?? 0;
    sums[i] = sum;
  }
  return sums;
}
