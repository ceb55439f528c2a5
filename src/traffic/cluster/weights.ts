import { FULL_SHARE, type Share } from '../../base/share.ts';

/** What weights may add up to, each ten times as fine as the one before; the coarsest that says it exactly is used. */
const TOTALS = [100, 1_000, 10_000, 100_000] as const;

/**
 * Whole numbers in proportion to the shares, adding up to the smallest total of a power of ten that says them exactly, or
 * to `most` where that is too coarse: then by largest remainder, and never nothing for a share that is something.
 */
export function weightsOf(shares: readonly Share[], most: number = FULL_SHARE): readonly number[] {
  const exact = TOTALS.find((total) => total <= most && shares.every((share) => isExact(share, total)));
  return weightsIn(shares, exact ?? most);
}

function isExact(share: Share, total: number): boolean {
  return (share * total) % FULL_SHARE === 0;
}

/** Whole numbers in proportion to the shares, adding up to `total`: by largest remainder, at least 1 for what is not 0. */
export function weightsIn(shares: readonly Share[], total: number): readonly number[] {
  const ideal = shares.map((share) => (share * total) / FULL_SHARE);
  const weights = ideal.map((value) => (value > 0 ? Math.max(1, Math.floor(value)) : 0));
  let left = total - weights.reduce((sum, weight) => sum + weight, 0);
  while (left !== 0) {
    const step = Math.sign(left);
    const chosen = mostOwed(ideal, weights, step);
    if (chosen === undefined) break;
    weights[chosen] = (weights[chosen] ?? 0) + step;
    left -= step;
  }
  return weights;
}

/** Who is furthest from what is ideal, among those whose weight may change so. */
function mostOwed(ideal: readonly number[], weights: readonly number[], step: number): number | undefined {
  let chosen: number | undefined;
  let owed = -Infinity;
  ideal.forEach((value, i) => {
    const weight = weights[i] ?? 0;
    if (value === 0 || (step < 0 && weight <= 1)) return;
    const due = step * (value - weight);
    if (due > owed) [chosen, owed] = [i, due];
  });
  return chosen;
}
