import { logMean, logWeightedSum } from './log-sum.ts';

/** Trials so far and how many were hits. The two numbers are all a one-sample test has to remember. */
export interface Tally {
  readonly trials: number;
  readonly hits: number;
}

/** No trials yet. */
export const NO_TALLY: Tally = { trials: 0, hits: 0 };

/** The two together. */
export function addTally(tally: Tally, more: Tally): Tally {
  return { trials: tally.trials + more.trials, hits: tally.hits + more.hits };
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

/**
 * What is bet on to prove a rate below a limit: shares of the limit, with the part of the bet on each. Most of it is
 * on a rate a fifth of the limit, which is told from it soonest after a hit or two; a little on "never".
 */
export const BELOW: readonly (readonly [share: number, weight: number])[] = [
  [0, 0.05],
  [0.18, 0.6],
  [0.4, 0.2],
  [0.65, 0.15],
];

/** Log evidence that the hit rate is below `limit`: as above, mixed over rates below it. */
export function logEvidenceBelow(tally: Tally, limit: number): number {
  const edge = Math.min(limit, 0.999);
  return logWeightedSum(BELOW.map(([share, weight]) => [weight, logRatio(tally, edge * share, edge)]));
}

/** More hits than trials, which are counted at different moments, are as many as trials. */
function logRatio(tally: Tally, rate: number, limit: number): number {
  const { trials } = tally;
  const hits = Math.min(tally.hits, trials);
  const ofHits = hits === 0 ? 0 : hits * Math.log(rate / limit);
  return ofHits + (trials - hits) * (Math.log1p(-rate) - Math.log1p(-limit));
}

function logit(rate: number): number {
  return Math.log(rate / (1 - rate));
}

function expit(odds: number): number {
  return 1 / (1 + Math.exp(-odds));
}
