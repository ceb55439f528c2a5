import { studentTail } from '../distributions/student.ts';

/** What is assumed about the spread of units, of which there may be few, weighs as much as so many of them. */
const ASSUMED_UNITS = 6;

/** Evidence is a power of the p-value, scaled to a mean of 1: close to the best for p-values around 1 in 10,000. */
const POWER = 0.1;
const LEAST_P = 1e-300;

/** The log evidence of a look that saw nothing of the kind. */
export const NOTHING_SEEN = Math.log(POWER);

/** The variance between units of one version, and how well it is known. */
export interface Spread {
  readonly variance: number;
  readonly degreesOfFreedom: number;
}

/**
 * The spread within arms. What is measured is mixed with the variance assumed, so that a few units that happen to be
 * alike are no proof that units are alike; when they differ more than assumed, the assumption gives way.
 */
export function spreadOf(arms: readonly (readonly number[])[], assumed: number): Spread {
  let squares = 0;
  for (const values of arms) {
    const mean = meanOf(values);
    for (const value of values) squares += (value - mean) ** 2;
  }
  const freedom = measuredFreedom(arms);
  const measured = freedom === 0 ? 0 : squares / freedom;
  const weight = measured > assumed ? ASSUMED_UNITS * (assumed / measured) : ASSUMED_UNITS;
  const mixed = (ASSUMED_UNITS * assumed + squares) / (ASSUMED_UNITS + freedom);
  return { variance: Math.max(measured, mixed), degreesOfFreedom: weight + freedom };
}

/** Degrees of freedom that do not rest on an assumption. */
export function measuredFreedom(arms: readonly (readonly unknown[])[]): number {
  return arms.reduce((sum, values) => sum + Math.max(0, values.length - 1), 0);
}

/**
 * Log evidence that a mean is above what is tolerated: `excess` is by how much, and its uncertainty that of a mean
 * of `units` units. By Student's t, so for one look it is an e-value as far as units are normal.
 */
export function logEvidenceOfExcess(excess: number, units: number, spread: Spread): number {
  const error = Math.sqrt(spread.variance / units);
  if (!(error > 0) || !Number.isFinite(excess)) return NOTHING_SEEN;
  const p = Math.max(LEAST_P, studentTail(excess / error, spread.degreesOfFreedom));
  return NOTHING_SEEN - (1 - POWER) * Math.log(p);
}

/** The difference of two means is known as well as the mean of so many units. */
export function unitsOfContrast(a: number, b: number): number {
  return 1 / (1 / a + 1 / b);
}

/** The mean; 0 of nothing. */
export function meanOf(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
