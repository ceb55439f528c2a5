import { logMean } from './log-sum.ts';

/**
 * Log evidence from observations that tell less than they would if they were independent: `factor` times less, at
 * least 1. Dividing it where it is positive only lowers an e-value, whatever the factor was measured from: what was
 * promised stays promised.
 */
export function tempered(logE: number, factor: number): number {
  return logE > 0 ? logE / factor : logE;
}

/** The even mixture of these e-values, each tempered. */
export function logMeanTempered(logs: readonly number[], factor: number): number {
  return logMean(factor === 1 ? logs : logs.map((logE) => tempered(logE, factor)));
}
