/** What is known of independent values: how many, their mean and their variance. */
export interface Moments {
  readonly n: number;
  readonly mean: number;
  /** With the divisor `n - 1`. */
  readonly variance: number;
}

/** The moments of values, by Welford's updates: a large common offset costs no digits. */
export function momentsOf(values: readonly number[]): Moments {
  let mean = 0;
  let squares = 0;
  values.forEach((value, index) => {
    const off = value - mean;
    mean += off / (index + 1);
    squares += off * (value - mean);
  });
  return { n: values.length, mean, variance: values.length < 2 ? 0 : squares / (values.length - 1) };
}
