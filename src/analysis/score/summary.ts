/** What a sample looks like; all zero for an empty one. */
export interface Summary {
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  /** Of the sample: divided by one less than the count; zero for a single value. */
  readonly std: number;
  readonly count: number;
}

/** The summary of values without NaN. */
export function summaryOf(values: readonly number[]): Summary {
  const count = values.length;
  if (count === 0) return { min: 0, max: 0, mean: 0, std: 0, count: 0 };
  let [min, max] = [Infinity, -Infinity];
  for (const value of values) {
    min = Math.min(min, value);
    max = Math.max(max, value);
  }
  return { min, max, mean: meanOf(values), std: Math.sqrt(varianceOf(values)), count };
}

/** The mean, with a second pass that takes back what rounding lost in the first. */
export function meanOf(values: readonly number[]): number {
  const first = values.reduce((sum, value) => sum + value, 0) / values.length;
  return first + values.reduce((sum, value) => sum + (value - first), 0) / values.length;
}

function varianceOf(values: readonly number[]): number {
  if (values.length === 1) return 0;
  const mean = meanOf(values);
  let [squares, rest] = [0, 0];
  for (const value of values) {
    squares += (value - mean) * (value - mean);
    rest += value - mean;
  }
  return (squares - (rest * rest) / values.length) / (values.length - 1);
}
