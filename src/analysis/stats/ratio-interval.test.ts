import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { randomFrom } from '../../../bench/random.ts';
import { ratioInterval } from './ratio-interval.ts';

/** Made by scripts/golden/sequential.py, which integrates the mixture numerically. */
const golden = JSON.parse(readFileSync(new URL('sequential.golden.json', import.meta.url), 'utf8')) as {
  readonly ratioInterval: readonly {
    readonly counts: readonly [number, number, number, number, number];
    readonly low: number;
    readonly high?: number;
  }[];
};

test.each(golden.ratioInterval)(
  'agrees with an independent computation for $counts',
  ({ counts, low, high }) => {
    const [trials, hits, others, otherHits, size] = counts;
    const arms = { candidate: { trials, hits }, control: { trials: others, hits: otherHits } };
    const interval = ratioInterval(arms, size);
    expect(interval.low / low || 0).toBeCloseTo(low === 0 ? 0 : 1, 5);
    if (high === undefined) expect(interval).not.toHaveProperty('high');
    else expect((interval.high ?? 0) / high).toBeCloseTo(1, 5);
  },
);

const count = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 1e15 }));
const exposure = fc.oneof(fc.constant(0), fc.double({ min: 1e-3, max: 1e15, noNaN: true }));

test('holds its estimate, and exchanging the arms turns it upside down', () => {
  fc.assert(
    fc.property(fc.tuple(exposure, count), fc.tuple(exposure, count), ([n, x], [m, y]) => {
      const [a, b] = [{ trials: n, hits: x }, { trials: m, hits: y }]; // prettier-ignore
      const { low, high = Infinity } = ratioInterval({ candidate: a, control: b });
      const turned = ratioInterval({ candidate: b, control: a });
      expect(low).toBeGreaterThanOrEqual(0);
      expect(low).toBeLessThanOrEqual(high);
      if (n === 0 || m === 0) {
        expect([low, high]).toEqual([0, Infinity]);
        return;
      }
      if (y > 0) expect(x / n / (y / m)).toBeLessThanOrEqual(high);
      expect(x / n).toBeGreaterThanOrEqual((low * y) / m);
      expect(turned.low * high || 0).toBeCloseTo(high === Infinity ? 0 : 1, 3);
    }),
    { numRuns: 500, seed: 3 },
  );
});

test('without an event on one arm it has one end', () => {
  const none = { trials: 1_000, hits: 0 };
  const some = { trials: 1_000, hits: 12 };
  expect(ratioInterval({ candidate: none, control: none })).toEqual({ low: 0 });
  expect(ratioInterval({ candidate: none, control: some })).toMatchObject({
    low: 0,
    high: expect.any(Number) as number,
  });
  expect(ratioInterval({ candidate: some, control: none })).toEqual({ low: expect.any(Number) as number });
});

const RUNS = 500;
/** 5 % of the runs and three standard errors. */
const MOST_MISSED = 39;

test.each([
  { rates: [0.02, 0.02], share: 0.1 },
  { rates: [0.1, 0.02], share: 0.1 },
  { rates: [0.002, 0.01], share: 0.5 },
  { rates: [0.5, 0.4], share: 0.25 },
])('holds the true ratio of $rates at every look of 95 % of the runs', ({ rates, share }) => {
  const [here = 0, there = 0] = rates;
  let missed = 0;
  for (let run = 0; run < RUNS; run += 1) {
    const random = randomFrom(1_000 + run);
    const arms = { candidate: { trials: 0, hits: 0 }, control: { trials: 0, hits: 0 } };
    for (let look = 0; look < 60; look += 1) {
      const [n, m] = [random.poisson(200 * share), random.poisson(200 * (1 - share))];
      arms.candidate = {
        trials: arms.candidate.trials + n,
        hits: arms.candidate.hits + random.binomial(n, here),
      };
      arms.control = { trials: arms.control.trials + m, hits: arms.control.hits + random.binomial(m, there) };
      const { low, high = Infinity } = ratioInterval(arms);
      if (low <= here / there && here / there <= high) continue;
      missed += 1;
      break;
    }
  }
  expect(missed).toBeLessThanOrEqual(MOST_MISSED);
});
