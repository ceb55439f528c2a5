/**
 * The `p` quantile (0 to 1) of values in ascending order, linear between two of them: R's type 7, which is
 * also NumPy's default. NaN without values.
 */
export function quantileOfSorted(sorted: readonly number[], p: number): number {
  const first = sorted[0] ?? NaN;
  if (sorted.length < 2) return first;
  const place = 1 + (sorted.length - 1) * p;
  const below = Math.floor(place);
  if (below < 1) return first;
  const lower = sorted[below - 1] ?? NaN;
  const upper = sorted[below];
  return upper === undefined ? lower : lower + (place - below) * (upper - lower);
}
