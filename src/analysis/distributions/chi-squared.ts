import { gammaTail } from './gamma.ts';

/** The probability that a chi-squared variable with this many degrees of freedom is above `x`. */
export function chiSquaredTail(x: number, degreesOfFreedom: number): number {
  return gammaTail(x / 2, degreesOfFreedom / 2);
}
