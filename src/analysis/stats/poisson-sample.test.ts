import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NO_TALLY, type Tally } from './one-sample.ts';
import { logRateAbove, logRateBelow } from './poisson-sample.ts';

type Row = readonly [trials: number, hits: number, limit: number, expected: number];

/** Made by scripts/golden/sequential.py. */
const golden = JSON.parse(readFileSync(new URL('sequential.golden.json', import.meta.url), 'utf8')) as {
  readonly rateAbove: readonly Row[];
  readonly rateBelow: readonly Row[];
};

test.each([
  ['above', logRateAbove, golden.rateAbove],
  ['below', logRateBelow, golden.rateBelow],
] as const)('evidence of a rate %s a limit agrees with an independent computation', (_, log, rows) => {
  for (const [trials, hits, limit, expected] of rows)
    expect(log({ trials, hits }, limit)).toBeCloseTo(expected, 8);
});

test('nothing seen is evidence of nothing', () => {
  expect(logRateAbove(NO_TALLY, 2)).toBeCloseTo(0, 12);
  expect(logRateBelow(NO_TALLY, 2)).toBeCloseTo(0, 12);
});

/** Mean e-value of Poisson counts at this rate; the sum is cut where what is left cannot be seen. */
function mean(trials: number, rate: number, log: (tally: Tally) => number): number {
  let total = 0;
  let logChance = -rate * trials;
  for (let hits = 0; hits < 400; hits += 1) {
    total += Math.exp(logChance + log({ trials, hits }));
    logChance += Math.log((rate * trials) / (hits + 1));
  }
  return total;
}

test('the mean e-value is 1 at the limit and no more on its good side, exactly', () => {
  const cases = fc.record({
    trials: fc.double({ min: 0.1, max: 2, noNaN: true }),
    limit: fc.double({ min: 0.01, max: 1.2, noNaN: true }),
    part: fc.double({ min: 0.01, max: 1, noNaN: true }),
  });
  fc.assert(
    fc.property(cases, ({ trials, limit, part }) => {
      const above = (tally: Tally): number => logRateAbove(tally, limit);
      const below = (tally: Tally): number => logRateBelow(tally, limit);
      expect(mean(trials, limit, above)).toBeCloseTo(1, 6);
      expect(mean(trials, limit, below)).toBeCloseTo(1, 6);
      expect(mean(trials, limit * part, above)).toBeLessThanOrEqual(1 + 1e-9);
      expect(mean(trials, limit / part, below)).toBeLessThanOrEqual(1 + 1e-9);
    }),
    { numRuns: 100, seed: 9 },
  );
});
