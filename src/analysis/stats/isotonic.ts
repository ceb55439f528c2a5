/** Neighbours that share one value after isotonic regression: the last position of each block, and how many blocks. */
export interface Blocks {
  readonly ends: Int32Array;
  readonly count: number;
}

/**
 * Weighted isotonic regression of the ratios `amounts / weights` by pooling adjacent violators: the
 * non-decreasing values nearest to them in weighted least squares. A block's value is its sum of amounts over
 * its sum of weights. Weights must be positive.
 */
export function isotonicBlocks(amounts: Float64Array, weights: Float64Array): Blocks {
  const ends = new Int32Array(amounts.length);
  const amount = new Float64Array(amounts.length);
  const weight = new Float64Array(amounts.length);
  let count = 0;
  for (let i = 0; i < amounts.length; i += 1) {
    let a = amounts[i] ?? 0;
    let w = weights[i] ?? 0;
    while (count > 0 && (amount[count - 1] ?? 0) * w >= a * (weight[count - 1] ?? 0)) {
      count -= 1;
      a += amount[count] ?? 0;
      w += weight[count] ?? 0;
    }
    amount[count] = a;
    weight[count] = w;
    ends[count] = i;
    count += 1;
  }
  return { ends, count };
}
