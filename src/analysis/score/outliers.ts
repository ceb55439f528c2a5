import { quantileOfSorted } from './quantile.ts';

/**
 * The values that are no outliers, in their order. Outside are those further from the quartiles than `factor`
 * times the distance between the quartiles; never those between the 1st and 99th percentile.
 */
export function withoutOutliers(values: readonly number[], factor: number): readonly number[] {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, high] = [quantileOfSorted(sorted, 0.25), quantileOfSorted(sorted, 0.75)];
  const reach = factor * (high - low);
  const floor = Math.min(quantileOfSorted(sorted, 0.01), low - reach);
  const ceiling = Math.max(quantileOfSorted(sorted, 0.99), high + reach);
  return values.filter((value) => !(value > ceiling || value < floor));
}
