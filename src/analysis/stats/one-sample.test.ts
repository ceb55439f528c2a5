import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addTally, logEvidenceAbove, logEvidenceBelow, NO_TALLY } from './one-sample.ts';

/** Computed with scipy 1.17 as mixtures of `binom.logpmf` at the alternatives over that at the limit. */
test.each([
  { trials: 400, hits: 6, limit: 0.002, expected: 4.96104847329037 },
  { trials: 400, hits: 0, limit: 0.002, expected: -1.2653570793576323 },
  { trials: 50, hits: 30, limit: 0.2, expected: 17.029421575891732 },
])(
  'evidence that $hits of $trials are above $limit agrees with an independent computation',
  ({ trials, hits, limit, expected }) => {
    expect(logEvidenceAbove({ trials, hits }, limit)).toBeCloseTo(expected, 8);
  },
);

test.each([
  { trials: 2500, hits: 0, limit: 0.002, expected: 3.886451396050539 },
  { trials: 2500, hits: 1, limit: 0.002, expected: 2.164659870150903 },
  { trials: 200, hits: 9, limit: 0.1, expected: 2.91270551167211 },
])(
  'evidence that $hits of $trials are below $limit agrees with an independent computation',
  ({ trials, hits, limit, expected }) => {
    expect(logEvidenceBelow({ trials, hits }, limit)).toBeCloseTo(expected, 8);
  },
);

test('nothing seen is evidence of nothing', () => {
  expect(logEvidenceAbove(NO_TALLY, 0.01)).toBeCloseTo(0, 12);
  expect(logEvidenceBelow(NO_TALLY, 0.01)).toBeCloseTo(0, 12);
});

test('the mean e-value is 1 at the limit and no more beyond it, exactly', () => {
  const cases = fc.record({
    trials: fc.integer({ min: 1, max: 60 }),
    limit: fc.double({ min: 0.001, max: 0.9, noNaN: true }),
    part: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  fc.assert(
    fc.property(cases, ({ trials, limit, part }) => {
      const mean = (rate: number, log: (hits: number) => number): number => {
        let total = 0;
        let chance = (1 - rate) ** trials;
        for (let hits = 0; hits <= trials; hits += 1) {
          total += chance * Math.exp(log(hits));
          chance *= ((trials - hits) / (hits + 1)) * (rate / (1 - rate));
        }
        return total;
      };
      const above = (hits: number): number => logEvidenceAbove({ trials, hits }, limit);
      const below = (hits: number): number => logEvidenceBelow({ trials, hits }, limit);
      expect(mean(limit, above)).toBeCloseTo(1, 6);
      expect(mean(limit, below)).toBeCloseTo(1, 6);
      expect(mean(limit * part, above)).toBeLessThanOrEqual(1 + 1e-9);
      expect(mean(limit + (0.99 - limit) * part, below)).toBeLessThanOrEqual(1 + 1e-6);
    }),
    { numRuns: 100, seed: 5 },
  );
});

test('1,500 to 2,500 clean requests prove a rate below 0.2 %', () => {
  const isProved = (trials: number): boolean => logEvidenceBelow({ trials, hits: 0 }, 0.002) >= Math.log(20);
  expect(isProved(1_500)).toBe(false);
  expect(isProved(2_500)).toBe(true);
});

test('more hits than trials, counted at different moments, are as many as trials', () => {
  const ahead = addTally(NO_TALLY, { trials: 2, hits: 5 });
  for (const log of [logEvidenceAbove, logEvidenceBelow])
    expect(log(ahead, 0.1)).toBe(log({ trials: 2, hits: 2 }, 0.1));
  expect(addTally(ahead, { trials: 8, hits: 0 })).toEqual({ trials: 10, hits: 5 });
});

test('limits of 0 % and 100 % give numbers', () => {
  for (const limit of [1, 0.9999, 1e-6]) {
    expect(Number.isFinite(logEvidenceAbove({ trials: 10, hits: 10 }, limit))).toBe(true);
    expect(Number.isFinite(logEvidenceBelow({ trials: 10, hits: 10 }, limit))).toBe(true);
  }
});
