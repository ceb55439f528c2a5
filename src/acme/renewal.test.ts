import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backOffMs, dueAtMs, renewAtMs } from './renewal.ts';

const DAY_MS = 86_400_000;
const LIFETIME = { fromMs: 0, untilMs: 90 * DAY_MS };
const failed = { failures: 1, reason: 'no', atMs: 0, nextAtMs: 5_000, settings: 's' };

describe('a certificate', () => {
  it('is renewed when a third of its time is left, or a little earlier', () => {
    expect(renewAtMs(LIFETIME, 0)).toBe(60 * DAY_MS);
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (chance) => {
        const at = renewAtMs(LIFETIME, chance) / DAY_MS;
        expect(at).toBeGreaterThanOrEqual(55.5 - 1e-9);
        expect(at).toBeLessThanOrEqual(60 + 1e-9);
      }),
    );
  });

  it('that is not there is due at once, or when the next try may be', () => {
    expect(dueAtMs(undefined, 0, undefined)).toBe(0);
    expect(dueAtMs(undefined, 0, failed)).toBe(5_000);
    expect(dueAtMs(LIFETIME, 0, failed)).toBe(60 * DAY_MS);
    expect(dueAtMs({ fromMs: -90 * DAY_MS, untilMs: 0 }, 0, failed)).toBe(5_000);
  });
});

describe('after failures', () => {
  it('waits grow to half a day, never fall, and are never shorter than the authority asks for', () => {
    const waits = [1, 2, 3, 4, 5, 6, 7, 100].map((failures) => backOffMs(failures, 0) / 60_000);
    expect(waits).toEqual([1, 5, 30, 120, 360, 720, 720, 720]);
    expect(backOffMs(1, 0.5)).toBe(67_500);
    expect(backOffMs(1, 0.5, DAY_MS)).toBe(DAY_MS);
  });

  it('an authority is asked at most five times in the first hour', () => {
    let at = 0;
    let tries = 1;
    for (let failures = 1; at + backOffMs(failures, 0) < 3_600_000; failures += 1) {
      at += backOffMs(failures, 0);
      tries += 1;
    }
    expect(tries).toBeLessThanOrEqual(5);
  });
});
