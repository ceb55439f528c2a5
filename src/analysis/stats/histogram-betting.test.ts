import fc from 'fast-check';
import { expect, test } from 'vitest';
import { logBet, type BetSide } from './histogram-betting.ts';

const BINS = 5;
const masses = fc
  .array(fc.double({ min: 0.001, max: 1, noNaN: true }), { minLength: BINS, maxLength: BINS })
  .map(normalised);
/** A distribution with holes: what the truth may be, whatever was believed. */
const truths = fc
  .array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: BINS, maxLength: BINS })
  .filter((values) => values.some((value) => value > 0.01))
  .map(normalised);

function normalised(values: readonly number[]): readonly number[] {
  const sum = values.reduce((total, value) => total + value, 0);
  return values.map((value) => value / sum);
}

function sideOf(mass: readonly number[], values: readonly number[]): BetSide {
  const upTo = new Array<number>(BINS + 1).fill(0);
  for (const value of values) for (let i = value + 1; i <= BINS; i += 1) upTo[i] = (upTo[i] ?? 0) + 1;
  return { mass, upTo };
}

/** The mean of the evidence over all outcomes of two slow values and one fast one. */
function meanEvidence(
  [slowMass, fastMass]: readonly [readonly number[], readonly number[]],
  [slowTruth, fastTruth]: readonly [readonly number[], readonly number[]],
): number {
  let mean = 0;
  for (let a = 0; a < BINS; a += 1) {
    for (let b = 0; b < BINS; b += 1) {
      for (let c = 0; c < BINS; c += 1) {
        const chance = (slowTruth[a] ?? 0) * (slowTruth[b] ?? 0) * (fastTruth[c] ?? 0);
        mean += chance * Math.exp(logBet(sideOf(slowMass, [a, b]), sideOf(fastMass, [c])));
      }
    }
  }
  return mean;
}

test('the mean evidence is at most 1 for every common distribution, whatever was believed', () => {
  fc.assert(
    fc.property(masses, masses, truths, (slowMass, fastMass, truth) => {
      expect(meanEvidence([slowMass, fastMass], [truth, truth])).toBeLessThanOrEqual(1 + 1e-9);
    }),
    { numRuns: 300, seed: 6 },
  );
});

test('a slow arm that is stochastically faster only lowers it', () => {
  const cases = fc.tuple(masses, masses, truths, fc.integer({ min: 0, max: BINS - 1 }));
  fc.assert(
    fc.property(cases, ([slowMass, fastMass, truth, moved]) => {
      const faster = [...truth];
      faster[0] = (faster[0] ?? 0) + (moved === 0 ? 0 : (faster[moved] ?? 0));
      if (moved > 0) faster[moved] = 0;
      const equal = meanEvidence([slowMass, fastMass], [truth, truth]);
      expect(meanEvidence([slowMass, fastMass], [faster, truth])).toBeLessThanOrEqual(equal + 1e-9);
    }),
    { numRuns: 200, seed: 7 },
  );
});

test('an arm without values is no evidence, and a single value cannot ruin the bet', () => {
  const low = [0.9, 0.09, 0.008, 0.001, 0.001];
  const high = [0.001, 0.001, 0.008, 0.09, 0.9];
  expect(logBet(sideOf(high, []), sideOf(low, [1, 2]))).toBe(0);
  expect(logBet(sideOf(high, [1, 2]), sideOf(low, []))).toBe(0);
  expect(logBet(sideOf(high, [0]), sideOf(low, [4]))).toBeGreaterThan(-20);
});
