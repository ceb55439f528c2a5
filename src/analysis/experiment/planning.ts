import { normalQuantile } from '../distributions/normal.ts';
import type { Alternative } from './contrast.ts';
import type { Arms } from './means.ts';

/** What an experiment is to reach: its level, and the probability of finding the effect. */
export interface Aim {
  readonly alpha: number;
  readonly alternative: Alternative;
  readonly power: number;
}

/** Two arms whose units vary, and the share of all units that the candidate gets. */
export interface Design {
  /** Of one unit. */
  readonly variances: Arms<number>;
  readonly candidateShare: number;
}

/** How many standard errors an effect must have to be found with the power that is aimed at. */
export function errorsToDetect({ alpha, alternative, power }: Aim): number {
  return normalQuantile(power) - normalQuantile(alternative === 'two-sided' ? alpha / 2 : alpha);
}

/** The units each arm needs so that a difference of means of this size is found; at least 2. */
export function samplesForMeans(effect: number, design: Design, aim: Aim): Arms<number> {
  const share = design.candidateShare;
  const variance = design.variances.control / (1 - share) + design.variances.candidate / share;
  const units = variance * (errorsToDetect(aim) / effect) ** 2;
  return { control: wholeUnits(units * (1 - share)), candidate: wholeUnits(units * share) };
}

/** The units each arm needs so that the difference between these two proportions is found. */
export function samplesForProportions(shares: Arms<number>, candidateShare: number, aim: Aim): Arms<number> {
  const variances = { control: binary(shares.control), candidate: binary(shares.candidate) };
  return samplesForMeans(shares.candidate - shares.control, { variances, candidateShare }, aim);
}

/** The smallest difference of means that is found with the power that is aimed at. */
export function detectableDifference(standardError: number, aim: Aim): number {
  return errorsToDetect(aim) * standardError;
}

/**
 * The smallest difference from a control's proportion that is found; `direction` is 1 for rises and -1 for falls.
 * Undefined: not even the largest there can be would be.
 */
export function detectableShift(
  control: number,
  direction: 1 | -1,
  { samples, aim }: { readonly samples: Arms<number>; readonly aim: Aim },
): number | undefined {
  const margin = (shift: number): number =>
    shift -
    detectableDifference(proportionsError({ control, candidate: control + direction * shift }, samples), aim);
  const most = direction > 0 ? 1 - control : control;
  if (margin(most) < 0) return undefined;
  let [low, high] = [0, most];
  for (let round = 0; round < 100; round += 1) {
    const middle = (low + high) / 2;
    if (margin(middle) >= 0) high = middle;
    else low = middle;
  }
  return high;
}

/** The standard error of a difference of proportions that truly are these. */
export function proportionsError(shares: Arms<number>, samples: Arms<number>): number {
  return meansError({ control: binary(shares.control), candidate: binary(shares.candidate) }, samples);
}

/** The standard error of a difference of means, from the variances of one unit. */
export function meansError(variances: Arms<number>, samples: Arms<number>): number {
  return Math.sqrt(variances.control / samples.control + variances.candidate / samples.candidate);
}

function binary(share: number): number {
  return share * (1 - share);
}

function wholeUnits(units: number): number {
  return Math.max(2, Math.ceil(units - 1e-9));
}
