import { logGrid, logMean, logWeightedSum } from './log-sum.ts';
import { BELOW, type Tally } from './one-sample.ts';

/** Rates above the limit that are bet on, as multiples of it. */
const ABOVE = logGrid(1.2, 100, 16);

/**
 * Log evidence that events happen more often than `limit` times per unit of exposure (`trials`, a real number;
 * hits may exceed it). Likelihood ratios of Poisson counts: since `E[a^x] ≤ exp(mean·(a−1))` for sums of
 * independent values between 0 and 1 as well, the mean of each is at most 1 for every rate up to the limit.
 */
export function logRateAbove(tally: Tally, limit: number): number {
  return logMean(ABOVE.map((multiple) => logRatio(tally, multiple, limit)));
}

/** Log evidence that events happen less often than `limit` times per unit of exposure. */
export function logRateBelow(tally: Tally, limit: number): number {
  return logWeightedSum(BELOW.map(([share, weight]) => [weight, logRatio(tally, share, limit)]));
}

function logRatio({ trials, hits }: Tally, multiple: number, limit: number): number {
  return (hits === 0 ? 0 : hits * Math.log(multiple)) - trials * limit * (multiple - 1);
}
