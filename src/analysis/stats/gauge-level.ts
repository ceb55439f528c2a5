import { studentQuantile } from '../distributions/student.ts';
import { wanderVariance, type GaugeNoise } from './gauge-noise.ts';
import { short } from './trend.ts';
import {
  logEvidenceOfExcess,
  meanOf,
  measuredFreedom,
  spreadOf,
  unitsOfContrast,
  type Spread,
} from './unit-spread.ts';

/** One value of each unit: of those suspected to be too high, and of those they are held against. */
export interface GaugeArms {
  readonly suspect: readonly number[];
  readonly reference: readonly number[];
  /** How the difference between the two has wandered. */
  readonly noise: GaugeNoise;
}

/** How far a mean of units is above what is tolerated, and how well that is known. */
interface Excess {
  readonly by: number;
  /** The number of units whose mean would be known as well. */
  readonly units: number;
  readonly spread: Spread;
}

/** Units of one version are assumed to differ by this share of their mean, as far as that is not measured. */
const ASSUMED_DIFFERENCE = 0.05;
/** From so many degrees of freedom between units on, their spread tells of their wandering too. */
const ENOUGH_MEASURED = 8;

/** The part of the wandering in time that the spread between units does not show, since there are few of them. */
export function unseenPart(arms: readonly (readonly unknown[])[]): number {
  return Math.max(0, 1 - measuredFreedom(arms) / ENOUGH_MEASURED);
}

/** Log evidence that the suspects' mean is above `tolerated` times the reference's. */
export function logEvidenceOfLevel(arms: GaugeArms, tolerated: number): number {
  const { by, units, spread } = excessOver(arms, tolerated);
  return logEvidenceOfExcess(by, units, spread);
}

/**
 * Log evidence that one of the arms is on the bad side of a fixed value: the suspects above it, or the reference
 * below it.
 */
export function logEvidenceOfValue(arms: GaugeArms, whose: 'suspect' | 'reference', value: number): number {
  const { spread } = excessOver(arms, 1);
  const by = whose === 'suspect' ? meanOf(arms.suspect) - value : value - meanOf(arms.reference);
  return logEvidenceOfExcess(by, arms[whose].length, spread);
}

/** Where the ratio suspect / reference is with an error of at most `rate`, at one look. */
export function ratioBetween(
  arms: GaugeArms,
  rate: number,
): { readonly estimate: number; readonly low: number; readonly high: number } | undefined {
  const reference = meanOf(arms.reference);
  const estimate = meanOf(arms.suspect) / reference;
  if (!(reference > 0) || !Number.isFinite(estimate)) return undefined;
  const { units, spread } = excessOver(arms, estimate);
  const error = Math.sqrt(spread.variance / units) / reference;
  const reach = studentQuantile(1 - rate / 2, spread.degreesOfFreedom) * error;
  return {
    estimate: short(estimate),
    low: short(Math.max(0, estimate - reach)),
    high: short(estimate + reach),
  };
}

/** The reference is raised to what is tolerated first: at that edge the two arms are alike. */
function excessOver({ suspect, reference, noise }: GaugeArms, tolerated: number): Excess {
  const raised = reference.map((value) => value * tolerated);
  const level = meanOf(raised) > 0 ? meanOf(raised) : meanOf(suspect);
  const units = unitsOfContrast(suspect.length, reference.length);
  const unseen = unseenPart([suspect, reference]) * wanderVariance(noise, level, units);
  const spread = spreadOf([suspect, raised], (ASSUMED_DIFFERENCE * level) ** 2 + unseen);
  return { by: meanOf(suspect) - meanOf(raised), units, spread };
}
