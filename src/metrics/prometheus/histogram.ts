import {
  BUCKETS_PER_DOUBLING,
  bucketOf,
  upperBoundOf,
  type LogHistogram,
} from '../../analysis/measurement.ts';
import type { SourceHistogram } from './answer.ts';

/** A histogram without values. */
export const NO_VALUES: SourceHistogram = {
  count: 0,
  sum: 0,
  zero: 0,
  zeroBound: 0,
  negative: 0,
  buckets: [],
  width: 1,
  growth: 1,
};

/** A thousand in whole buckets. A thousand is 318.9 of them, so every value of seconds reads 0.22 % too high. */
const THOUSAND = Math.round(Math.log2(1_000) * BUCKETS_PER_DOUBLING);

/** A histogram of seconds for the judges, who take milliseconds. */
export function inMilliseconds(histogram: SourceHistogram): LogHistogram {
  return shifted(histogram, THOUSAND);
}

/** A histogram of sizes, or of anything that is not a time, for the judges. */
export function inUnits(histogram: SourceHistogram): LogHistogram {
  return shifted(histogram, 0);
}

function shifted({ buckets, zero, zeroBound, negative }: SourceHistogram, by: number): LogHistogram {
  const lowest = bucketOf(0);
  const counts = new Map<number, number>();
  const add = (index: number, count: number): void => {
    if (count > 0) counts.set(Math.max(index, lowest), (counts.get(Math.max(index, lowest)) ?? 0) + count);
  };
  add(lowest, negative);
  add(zeroBound > 0 ? indexOf(zeroBound) + by : lowest, zero);
  for (const [index, count] of buckets) add(index + by, count);
  return ascending(counts);
}

/** The bucket of an upper bound above zero, in any unit and without a lowest one. */
export function indexOf(bound: number): number {
  // Bounds that are ours but for a rounding error keep their bucket. Adding 0 makes a negative zero plain.
  return Math.ceil(Math.log2(bound) * BUCKETS_PER_DOUBLING - 1e-6) + 0;
}

/** Counts by bucket as a histogram. */
export function ascending(counts: ReadonlyMap<number, number>): LogHistogram {
  return [...counts].sort(([a], [b]) => a - b);
}

/** The values of both. */
export function bothOf(a: SourceHistogram, b: SourceHistogram): SourceHistogram {
  const counts = new Map(a.buckets);
  for (const [index, count] of b.buckets) counts.set(index, (counts.get(index) ?? 0) + count);
  return {
    count: a.count + b.count,
    ...(a.sum === undefined || b.sum === undefined ? {} : { sum: a.sum + b.sum }),
    zero: a.zero + b.zero,
    zeroBound: Math.max(a.zeroBound, b.zeroBound),
    negative: a.negative + b.negative,
    buckets: ascending(counts),
    width: Math.max(a.width, b.width),
    growth: Math.max(a.growth, b.growth),
  };
}

/**
 * What `later` has counted since `earlier`, bucket by bucket; undefined when anything fell, that is when it was
 * reset in between. A source that runs out of buckets makes them wider on the way: `earlier` is brought to the
 * wider ones first.
 */
export function addedSince(earlier: SourceHistogram, later: SourceHistogram): SourceHistogram | undefined {
  const before = widened(earlier, later);
  const buckets = bucketsAdded(before.buckets, later.buckets);
  const zero = later.zero - before.zero;
  const negative = later.negative - before.negative;
  const count = later.count - before.count;
  if (buckets === undefined || Math.min(zero, negative, count) < 0) return undefined;
  const sum = later.sum === undefined || before.sum === undefined ? {} : { sum: later.sum - before.sum };
  const { zeroBound, width, growth } = later;
  return { count, ...sum, zero, zeroBound, negative, buckets, width, growth };
}

function bucketsAdded(earlier: LogHistogram, later: LogHistogram): LogHistogram | undefined {
  const rest = new Map(earlier);
  const added: [number, number][] = [];
  for (const [index, count] of later) {
    const difference = count - (rest.get(index) ?? 0);
    rest.delete(index);
    if (difference < 0) return undefined;
    if (difference > 0) added.push([index, difference]);
  }
  return [...rest.values()].some((left) => left > 0) ? undefined : added;
}

/** `earlier` as the source would keep it with the buckets of `later`. */
function widened(earlier: SourceHistogram, later: SourceHistogram): SourceHistogram {
  const isSame = later.width <= earlier.width && later.zeroBound <= earlier.zeroBound;
  if (isSame) return earlier;
  const width = Math.max(earlier.width, later.width);
  const counts = new Map<number, number>();
  let { zero } = earlier;
  for (const [index, count] of earlier.buckets) {
    const wide = Math.ceil(index / width) * width + 0;
    if (upperBoundOf(index) <= later.zeroBound) zero += count;
    else counts.set(wide, (counts.get(wide) ?? 0) + count);
  }
  return { ...earlier, zero, buckets: ascending(counts) };
}
