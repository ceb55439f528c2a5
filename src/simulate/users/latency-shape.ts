import { BUCKETS_PER_DOUBLING, type LogHistogram } from '../../analysis/measurement.ts';

/**
 * Where the quantiles of a distribution of latencies lie on the axis of buckets: drawing one is drawing a latency.
 * Twice as slow is a shift by `BUCKETS_PER_DOUBLING`.
 */
export type LatencyShape = Float64Array;

/** How many quantiles are told apart. */
export const QUANTILES = 16_384;

/** The shape of a histogram, its values spread evenly within their buckets; undefined when it is empty. */
export function shapeOf(latency: LogHistogram): LatencyShape | undefined {
  const total = latency.reduce((sum, [, count]) => sum + count, 0);
  if (total <= 0) return undefined;
  const shape = new Float64Array(QUANTILES);
  let place = 0;
  let below = 0;
  for (const [index, count] of latency) {
    const upTo = below + count;
    for (; place < QUANTILES && ((place + 0.5) * total) / QUANTILES <= upTo; place += 1) {
      const inside = (((place + 0.5) * total) / QUANTILES - below) / count;
      shape[place] = index - 1 + inside;
    }
    below = upTo;
  }
  // What rounding left over at the end.
  shape.fill(shape[place - 1] ?? 0, place);
  return shape;
}

/** A factor of all latencies as a distance on the axis of buckets. */
export function shiftOf(slowness: number): number {
  return slowness === 1 ? 0 : Math.log2(slowness) * BUCKETS_PER_DOUBLING;
}

/** The share of requests that take longer than this. */
export function shareBeyond(shape: LatencyShape | undefined, ms: number): number {
  if (shape === undefined) return 0;
  const limit = Math.log2(ms) * BUCKETS_PER_DOUBLING;
  let low = 0;
  let high = QUANTILES;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((shape[middle] ?? 0) > limit) high = middle;
    else low = middle + 1;
  }
  return 1 - low / QUANTILES;
}

/** A request that takes this much longer than it would have is slowed. */
export const SLOWED_BY = 1.01;
/** Of the quantiles every so many is looked at. */
const STRIDE = 16;

/** The share of requests that are slowed: quantile by quantile, beside the shape they would have had. */
export function slowedShare(shape: LatencyShape, shift: number, usual: LatencyShape): number {
  const least = shiftOf(SLOWED_BY) - shift;
  if (shape === usual) return least <= 0 ? 1 : 0;
  let slowed = 0;
  for (let place = STRIDE / 2; place < QUANTILES; place += STRIDE) {
    if ((shape[place] ?? 0) - (usual[place] ?? 0) >= least) slowed += 1;
  }
  return (slowed * STRIDE) / QUANTILES;
}
