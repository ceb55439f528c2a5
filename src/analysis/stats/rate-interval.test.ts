import { describe, expect, test } from 'vitest';
import { randomFrom } from '../../../bench/random.ts';
import { rateInterval } from './rate-interval.ts';

describe('the interval of a rate', () => {
  test('is all there is before the first trial', () => {
    expect(rateInterval({ hits: 0, trials: 0 })).toEqual({ low: 0, high: 1 });
  });

  test.each([
    [0, 100],
    [1, 100],
    [50, 100],
    [100, 100],
    [3, 1_000_000],
  ])('surrounds %i of %i', (hits, trials) => {
    const { low, high } = rateInterval({ hits, trials });
    expect(low).toBeLessThanOrEqual(hits / trials);
    expect(high).toBeGreaterThanOrEqual(hits / trials);
    expect(high - low).toBeLessThan(trials > 100 ? 1e-4 : 0.35);
  });

  test('ends where the mixture of all rates is 20 times as likely', () => {
    // By hand for 2 of 2: the mixture says 3/8, so that low² = 3/8/20.
    expect(rateInterval({ hits: 2, trials: 2 }).low).toBeCloseTo(Math.sqrt(3 / 8 / 20), 9);
    expect(rateInterval({ hits: 0, trials: 2 }).high).toBeCloseTo(1 - Math.sqrt(3 / 8 / 20), 9);
  });

  test.each([0.01, 0.1, 0.5])('ever misses a true rate of %d in one sequence of 20 at most', (rate) => {
    const random = randomFrom(5);
    let missed = 0;
    for (let run = 0; run < 300; run += 1) {
      let hits = 0;
      for (let trials = 1; trials <= 200; trials += 1) {
        if (random.next() < rate) hits += 1;
        const { low, high } = rateInterval({ hits, trials });
        if (rate < low || rate > high) {
          missed += 1;
          break;
        }
      }
    }
    // 5 % of 300 and three standard errors.
    expect(missed).toBeLessThanOrEqual(26);
  });
});
