import { goodnessOfFit } from './chi-squared.ts';
import type { Arms } from './means.ts';

/** Below this chance the split is taken to be broken: such an accident must be rare, for it stops everything. */
export const SAMPLE_RATIO_ALPHA = 0.001;

/** With fewer units in an arm χ² says nothing. */
export const FEWEST_UNITS = 8;

/** Whether units were divided as planned. */
export interface SampleRatio {
  /** The planned share of the candidate. */
  readonly expected: number;
  readonly observed: number;
  /** Absent: too few units to tell. */
  readonly pValue?: number;
  readonly mismatch: boolean;
}

/** Compares the number of units in each arm with the planned weights. Neither weight is 0. */
export function sampleRatio(counts: Arms<number>, allocation: Arms<number>, alpha: number): SampleRatio {
  const weights = allocation.control + allocation.candidate;
  const all = counts.control + counts.candidate;
  const expected = allocation.candidate / weights;
  const observed = all === 0 ? 0 : counts.candidate / all;
  // A silent arm is the worst mismatch there is, once the other one has shown that units arrive.
  const hasEnough = all * Math.min(expected, 1 - expected) >= FEWEST_UNITS;
  if (!hasEnough) return { expected, observed, mismatch: false };
  const pValue = goodnessOfFit([counts.control, counts.candidate], [1 - expected, expected]);
  return { expected, observed, pValue, mismatch: pValue < alpha };
}
