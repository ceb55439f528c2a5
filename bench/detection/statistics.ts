/** Wilson's interval for a proportion, 95 %. */
export function proportionInterval(
  hits: number,
  trials: number,
): { readonly low: number; readonly high: number } {
  if (trials === 0) return { low: 0, high: 1 };
  const z = 1.959964;
  const share = hits / trials;
  const scale = 1 + z ** 2 / trials;
  const middle = share + z ** 2 / (2 * trials);
  const half = z * Math.sqrt((share * (1 - share)) / trials + z ** 2 / (4 * trials ** 2));
  return { low: Math.max(0, (middle - half) / scale), high: Math.min(1, (middle + half) / scale) };
}

/** The least value that at least the share `q` does not exceed; undefined where that is infinite. */
export function quantile(sorted: readonly number[], q: number): number | undefined {
  const value = sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? Infinity;
  return Number.isFinite(value) ? value : undefined;
}

/** The geometric mean of positive values; NaN for none. */
export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}
