import { describe, expect, it } from 'vitest';
import { rateAt, type Load } from './load.ts';

const HOUR_MS = 3_600_000;
const constant: Load = { shape: { kind: 'constant', perSecond: 10 }, bursts: [] };

describe('traffic', () => {
  it.each([
    [0, 10],
    [15, 200],
    [27, 10],
    [39, 200],
    [9, 105],
  ])('of a day is at %d h %d a second', (hours, rate) => {
    const shape = { kind: 'diurnal', least: 10, most: 200, peakAtMs: 15 * HOUR_MS } as const;
    const quietest = hours === 0 ? 3 : hours;
    expect(rateAt({ shape, bursts: [] }, quietest * HOUR_MS)).toBeCloseTo(rate, 6);
  });

  it('that was measured begins anew after its end', () => {
    const load: Load = { shape: { kind: 'measured', everyMs: 1_000, rates: [5, 7] }, bursts: [] };
    expect([0, 999, 1_000, 1_999, 2_000, 3_500].map((atMs) => rateAt(load, atMs))).toEqual([
      5, 5, 7, 7, 5, 7,
    ]);
  });

  it('is multiplied in bursts, once or again and again, and by all of them together', () => {
    const once = { atMs: 10, forMs: 5, times: 3 };
    const again = { atMs: 12, forMs: 1, everyMs: 10, times: 2 };
    const rates = [9, 10, 12, 14, 15, 22, 23].map((atMs) =>
      rateAt({ ...constant, bursts: [once, again] }, atMs),
    );
    expect(rates).toEqual([10, 30, 60, 30, 10, 20, 10]);
  });
});
