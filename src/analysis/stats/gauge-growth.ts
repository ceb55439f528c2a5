import { unseenPart } from './gauge-level.ts';
import { wanderAroundLine, type GaugeNoise } from './gauge-noise.ts';
import type { CountedUnit } from './gauge-units.ts';
import { short, slopeOf } from './trend.ts';
import { logEvidenceOfExcess, meanOf, spreadOf, unitsOfContrast, type Spread } from './unit-spread.ts';

/** Growth is told from units that are known for at least this part of what the best known one is. */
const LEAST_KNOWN = 0.5;
/** A unit is assumed to wander around its line by this share of its level … */
const ASSUMED_WANDER = 0.01;
/** … and to do so anew after so many minutes. */
const WANDER_MINUTES = 3;

/** How fast each unit grows, and how much units differ in that. */
export interface Growth {
  readonly candidate: readonly Grower[];
  readonly control: readonly Grower[];
  readonly spread: Spread;
}

/** A unit with its growth. */
export interface Grower {
  readonly now: number;
  /** Per minute. */
  readonly slope: number;
}

interface Units {
  readonly candidate: readonly CountedUnit[];
  readonly control: readonly CountedUnit[];
  readonly noise: GaugeNoise;
}

/** Undefined while no line can be drawn on one of the sides. */
export function growthOf({ candidate, control, noise }: Units): Growth | undefined {
  const known = Math.max(0, ...candidate.map(({ long }) => long[3]));
  const arms = { candidate: growersOf(candidate, known), control: growersOf(control, known) };
  if (known === 0 || arms.control.length === 0) return undefined;
  const slopes = [slopesOf(arms.candidate), slopesOf(arms.control)];
  const level = meanOf([...arms.candidate, ...arms.control].map(({ now }) => now));
  const units = unitsOfContrast(arms.candidate.length, arms.control.length);
  const unseen = unseenPart(slopes) * wanderAroundLine(noise, level, units);
  const assumed = (((ASSUMED_WANDER * level) ** 2 + unseen) * WANDER_MINUTES) / known;
  return { ...arms, spread: spreadOf(slopes, assumed) };
}

function growersOf(units: readonly CountedUnit[], known: number): readonly Grower[] {
  return units
    .filter(({ long }) => long[3] >= known * LEAST_KNOWN)
    .map(({ now, long }) => ({ now, slope: slopeOf(long) ?? 0 }));
}

function slopesOf(growers: readonly Grower[]): readonly number[] {
  return growers.map(({ slope }) => slope);
}

/** The means per minute. */
export function meanGrowth({ candidate, control }: Growth): {
  readonly candidate: number;
  readonly control: number;
} {
  return { candidate: short(meanOf(slopesOf(candidate))), control: short(meanOf(slopesOf(control))) };
}

/**
 * Log evidence that the candidate grows faster than the control by more than `tolerated` per minute. `sign` -1: that it
 * shrinks faster.
 */
export function logEvidenceOfGrowth(growth: Growth, sign: 1 | -1, tolerated: number): number {
  const mean = meanGrowth(growth);
  const units = unitsOfContrast(growth.candidate.length, growth.control.length);
  return logEvidenceOfExcess(sign * (mean.candidate - mean.control) - tolerated, units, growth.spread);
}
