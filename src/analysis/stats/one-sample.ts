import { logMean, logSum, logWeightedSum } from './log-sum.ts';

/** Trials so far and how many were hits. The two numbers are all a one-sample test has to remember. */
export interface Tally {
  readonly trials: number;
  readonly hits: number;
}

/** No trials yet. */
export const NO_TALLY: Tally = { trials: 0, hits: 0 };

/** The two together. A hit without its trial (the two are counted at different moments) waits for none: it is cut. */
export function addTally(tally: Tally, more: Tally): Tally {
  return { trials: tally.trials + more.trials, hits: tally.hits + Math.min(more.hits, more.trials) };
}

const ABOVE_STEPS = 16;
const SMALLEST_RISE = 0.2;
const LARGEST_HIT_RATE = 0.95;

/**
 * Log evidence that the hit rate is above `limit` (between 0 and 1): likelihood ratios against the limit,
 * mixed evenly over 16 rates above it. Each factor's mean is at most 1 for every rate up to the limit,
 * also one that changes from trial to trial.
 */
export function logEvidenceAbove(tally: Tally, limit: number): number {
  const base = logit(Math.min(limit, 0.999));
  const span = Math.max(logit(LARGEST_HIT_RATE) - base, 2);
  const logs: number[] = [];
  for (let step = 0; step < ABOVE_STEPS; step += 1) {
    const rise = SMALLEST_RISE * (span / SMALLEST_RISE) ** (step / (ABOVE_STEPS - 1));
    logs.push(logRatio(tally, expit(base + rise), expit(base)));
  }
  return logMean(logs);
}

/** Shares of the limit mixed to prove a rate below it; "never" has the largest weight, so that clean data is quick. */
const BELOW_SHARES = [0.03, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8] as const;
const NEVER_WEIGHT = 0.4;

/** Log evidence that the hit rate is below `limit`: as above, mixed over rates below it. */
export function logEvidenceBelow(tally: Tally, limit: number): number {
  const edge = Math.min(limit, 0.999);
  const some = logSum(BELOW_SHARES.map((share) => logRatio(tally, edge * share, edge)));
  const never = tally.hits > 0 ? -Infinity : -tally.trials * Math.log1p(-edge);
  return logWeightedSum([
    [NEVER_WEIGHT, never],
    [(1 - NEVER_WEIGHT) / BELOW_SHARES.length, some],
  ]);
}

function logRatio({ trials, hits }: Tally, rate: number, limit: number): number {
  return hits * Math.log(rate / limit) + (trials - hits) * (Math.log1p(-rate) - Math.log1p(-limit));
}

function logit(rate: number): number {
  return Math.log(rate / (1 - rate));
}

function expit(odds: number): number {
  return 1 / (1 + Math.exp(-odds));
}
