/** `ln Σ exp(x)` without overflow; minus infinity for no values. */
export function logSum(values: readonly number[]): number {
  let top = -Infinity;
  for (const value of values) top = Math.max(top, value);
  if (top === -Infinity) return -Infinity;
  let sum = 0;
  for (const value of values) sum += Math.exp(value - top);
  return top + Math.log(sum);
}

/** The logarithm of the mean of `exp(x)`: the e-value of an even mixture. */
export function logMean(values: readonly number[]): number {
  return logSum(values) - Math.log(values.length);
}

/** The logarithm of `Σ weight·exp(x)`; the weights are used as they are. */
export function logWeightedSum(terms: readonly (readonly [weight: number, log: number])[]): number {
  return logSum(terms.filter(([weight]) => weight > 0).map(([weight, log]) => Math.log(weight) + log));
}

/** `count` numbers from `first` to `last`, evenly spaced in their logarithms. */
export function logGrid(first: number, last: number, count: number): readonly number[] {
  const ratio = Math.log(last / first) / (count - 1);
  return Array.from({ length: count }, (_, index) => first * Math.exp(ratio * index));
}

/** Logarithms are kept to a billionth: finer digits tell nothing and make states long. */
const PER_UNIT = 1e9;

/** Sums of logarithms, position by position, to a billionth; both of equal length. */
export function addEach(sums: readonly number[], terms: readonly number[]): readonly number[] {
  return sums.map((sum, index) => Math.round((sum + (terms[index] ?? 0)) * PER_UNIT) / PER_UNIT);
}
