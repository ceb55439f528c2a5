/** How p-values of several tests are corrected for there being several. */
export type Adjustment = 'benjaminiHochberg' | 'holm' | 'bonferroni';

/**
 * Adjusted p-values, each to be compared with the level that all tests together are to keep; in the order given.
 * Benjamini–Hochberg keeps the share of false discoveries, the other two the chance of any.
 */
export function adjusted(pValues: readonly number[], method: Adjustment): readonly number[] {
  const order = pValues.map((_, index) => index).sort((a, b) => at(pValues, a) - at(pValues, b));
  const sorted = order.map((index) => at(pValues, index));
  const corrected = CORRECTIONS[method](sorted);
  const result = new Array<number>(pValues.length).fill(1);
  order.forEach((index, rank) => {
    result[index] = Math.min(1, at(corrected, rank));
  });
  return result;
}

/** From p-values in rising order to adjusted ones, which rise as well; may exceed 1. */
const CORRECTIONS: Readonly<Record<Adjustment, (sorted: readonly number[]) => readonly number[]>> = {
  benjaminiHochberg(sorted) {
    const corrected = sorted.map((p, rank) => p * (sorted.length / (rank + 1)));
    for (let rank = corrected.length - 2; rank >= 0; rank -= 1) {
      corrected[rank] = Math.min(at(corrected, rank), at(corrected, rank + 1));
    }
    return corrected;
  },
  holm(sorted) {
    let largest = 0;
    return sorted.map((p, rank) => (largest = Math.max(largest, p * (sorted.length - rank))));
  },
  bonferroni: (sorted) => sorted.map((p) => p * sorted.length),
};

function at(values: readonly number[], index: number): number {
  return values[index] ?? 1;
}
