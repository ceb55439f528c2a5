/**
 * Weighted isotonic regression of the ratios `amounts / weights` by pooling adjacent violators: the
 * non-decreasing values nearest to them in weighted least squares. Weights must be positive.
 *
 * Works in place, for speed (it runs a dozen times per tick): afterwards the first `blocks` places of both arrays
 * hold the sums of each block of equal value, which is their quotient, and the same places of `ends` where the block
 * ends (exclusive).
 */
export function poolViolators(
  amounts: number[],
  weights: number[],
  ends: number[],
): { readonly ends: readonly number[]; readonly blocks: number } {
  let blocks = 0;
  for (let i = 0; i < amounts.length; i += 1) {
    let amount = amounts[i] ?? 0;
    let weight = weights[i] ?? 0;
    while (blocks > 0 && (amounts[blocks - 1] ?? 0) * weight >= amount * (weights[blocks - 1] ?? 0)) {
      blocks -= 1;
      amount += amounts[blocks] ?? 0;
      weight += weights[blocks] ?? 0;
    }
    amounts[blocks] = amount;
    weights[blocks] = weight;
    ends[blocks] = i + 1;
    blocks += 1;
  }
  return { ends, blocks };
}
