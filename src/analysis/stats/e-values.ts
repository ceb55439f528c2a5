import { logWeightedSum } from './log-sum.ts';

/** The probability with which a step may end early although the candidate is worse than the safety margin. */
export const FALSE_SAFETY = 0.05;

/**
 * The log evidence that may be acted on at an error rate of `rate`: by Ville's inequality an e-process whose
 * hypothesis is true ever reaches `1/rate` with a probability of at most `rate`. Always finite.
 */
export function logLimit(rate: number): number {
  return -Math.log(Math.max(rate, Number.MIN_VALUE));
}

/** An e-value as its logarithm, with its part of the whole bet. */
export interface Stake {
  /** The parts add up to 1. */
  readonly share: number;
  readonly logE: number;
}

/** The logarithm of the weighted mean: an e-value again, however the parts depend on one another. */
export function logMeanOfStakes(stakes: readonly Stake[]): number {
  return logWeightedSum(stakes.map(({ share, logE }) => [share, logE]));
}
