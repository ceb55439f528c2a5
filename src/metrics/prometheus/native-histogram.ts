import { BUCKETS_PER_DOUBLING } from '../../analysis/measurement.ts';
import { isJsonObject, type Json } from '../../base/json.ts';
import type { SourceHistogram } from './answer.ts';
import { ascending, indexOf } from './histogram.ts';
import { readNumber } from './numbers.ts';

/** A bucket as the API writes it, its bounds in the unit of the query. */
interface Bucket {
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

/**
 * Reads a native histogram of any schema; undefined when it is none. Buckets of schema 5 and finer ones come
 * over exactly; coarser ones, and those with bounds somebody chose, count at their upper bounds.
 */
export function readNativeHistogram(value: Json | undefined): SourceHistogram | undefined {
  if (!isJsonObject(value)) return undefined;
  const count = readNumber(value['count']);
  const sum = readNumber(value['sum']);
  const buckets = readBuckets(value['buckets'] ?? []);
  if (count === undefined || sum === undefined || buckets === undefined) return undefined;
  const positive = buckets.filter(({ low, high }) => high > 0 && low >= 0);
  const around = buckets.filter(({ low, high }) => high >= 0 && low < 0);
  return {
    count,
    sum,
    zero: total(around),
    zeroBound: Math.max(0, ...around.map(({ high }) => high)),
    negative: total(buckets.filter(({ high }) => high < 0)),
    buckets: ascending(countsByIndex(positive)),
    width: widthOf(positive),
    growth: Math.max(1, ...positive.map(growthOf)),
  };
}

function readBuckets(value: Json): readonly Bucket[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const buckets = (value as readonly Json[]).map(readBucket);
  return buckets.every((bucket) => bucket !== undefined) ? buckets : undefined;
}

function readBucket(value: Json): Bucket | undefined {
  if (!Array.isArray(value)) return undefined;
  const [, low, high, count] = (value as readonly Json[]).map(readNumber);
  return low === undefined || high === undefined || count === undefined || !(count >= 0)
    ? undefined
    : { low, high, count };
}

function countsByIndex(buckets: readonly Bucket[]): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const bucket of buckets) {
    const index = indexOf(upperBound(bucket));
    counts.set(index, (counts.get(index) ?? 0) + bucket.count);
  }
  return counts;
}

/** What is beyond every bound counts at twice the last one. */
function upperBound({ low, high }: Bucket): number {
  if (high !== Infinity) return high;
  return low > 0 ? low * 2 : 1;
}

function growthOf({ low, high }: Bucket): number {
  return low > 0 && high !== Infinity ? high / low : 1;
}

/** The common width of regular buckets in ours; 1 for finer ones and for those with bounds somebody chose. */
function widthOf(buckets: readonly Bucket[]): number {
  const widths = buckets.map((bucket) => Math.log2(growthOf(bucket)) * BUCKETS_PER_DOUBLING);
  const width = Math.round(widths[0] ?? 1);
  const isRegular = widths.every((one) => Math.abs(one - width) < 1e-6);
  const isAligned = buckets.every((bucket) => indexOf(upperBound(bucket)) % width === 0);
  return width > 1 && isRegular && isAligned ? width : 1;
}

function total(buckets: readonly Bucket[]): number {
  return buckets.reduce((sum, { count }) => sum + count, 0);
}
