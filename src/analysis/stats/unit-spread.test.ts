import { describe, expect, test } from 'vitest';
import { randomFrom } from '../../../bench/random.ts';
import { logEvidenceOfExcess, meanOf, spreadOf, unitsOfContrast } from './unit-spread.ts';

describe('the spread between units', () => {
  test.each([
    ['what is assumed when nothing can be measured', [[5], [9]], 4, 4, 6],
    ['drawn to what is assumed when few units are alike', [[5, 5, 5], [9]], 4, (6 * 4) / 8, 8],
    ['what is measured when it is what is assumed', [[4, 6], [9]], 2, 2, 7],
    ['what is measured when units differ more than assumed', [[0, 20], [9]], 2, 200, 1 + 6 * (2 / 200)],
    [
      'what is measured without an assumption',
      [
        [4, 6],
        [1, 3],
      ],
      0,
      2,
      2,
    ],
  ] as const)('is %s', (...[, arms, assumed, variance, degreesOfFreedom]) => {
    const spread = spreadOf(arms, assumed);
    expect(spread.variance).toBeCloseTo(variance, 12);
    expect(spread.degreesOfFreedom).toBeCloseTo(degreesOfFreedom, 12);
  });
});

describe('evidence of an excess', () => {
  const spread = { variance: 4, degreesOfFreedom: 10 };

  test('is a tenth of the p-value to the power of minus nine tenths', () => {
    // scipy 1.15: stats.t.sf(4.143700494046589, 10) is 0.001.
    const excess = 4.143700494046589 * Math.sqrt(4 / 8);
    expect(logEvidenceOfExcess(excess, 8, spread)).toBeCloseTo(Math.log(0.1) - 0.9 * Math.log(0.001), 6);
  });

  test('is nothing without a spread or a number, and never infinite', () => {
    const nothing = Math.log(0.1);
    expect(logEvidenceOfExcess(1, 8, { variance: 0, degreesOfFreedom: 10 })).toBe(nothing);
    expect(logEvidenceOfExcess(NaN, 8, spread)).toBe(nothing);
    expect(logEvidenceOfExcess(Infinity, 8, spread)).toBe(nothing);
    expect(logEvidenceOfExcess(1e300, 8, { variance: 1e-300, degreesOfFreedom: 1e6 })).toBeLessThan(1_000);
  });

  test('has a mean of at most 1 for units that are not worse, and is rarely large', () => {
    const random = randomFrom(1);
    let [sum, large] = [0, 0];
    const RUNS = 40_000;
    for (let run = 0; run < RUNS; run += 1) {
      const arms = [3, 9].map((count) => Array.from({ length: count }, () => random.normal()));
      const [a = [], b = []] = arms;
      const excess = meanOf(a) - meanOf(b);
      const log = logEvidenceOfExcess(excess, unitsOfContrast(a.length, b.length), spreadOf(arms, 0.25));
      sum += Math.min(Math.exp(log), 1_000);
      if (log >= Math.log(100)) large += 1;
    }
    expect(sum / RUNS).toBeLessThan(1.02);
    expect(large / RUNS).toBeLessThan(0.002);
  });
});
