import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { effectBar } from './effect-scale.ts';

const ratio = fc.double({ min: 0.001, max: 1_000, noNaN: true });

describe('an effect on its scale', () => {
  it('stands in the order of its numbers, within the scale', () => {
    fc.assert(
      fc.property(fc.tuple(ratio, ratio, ratio), ratio, (numbers, limit) => {
        const [low = 1, estimate = 1, high = 1] = [...numbers].sort((a, b) => a - b);
        const bar = effectBar({ of: 'mean', low, estimate, high }, { limit });
        const places = [bar.low, bar.estimate ?? NaN, bar.high];
        expect(places).toEqual([...places].sort((a, b) => a - b));
        for (const place of [...places, bar.same, bar.limit ?? NaN]) {
          expect(place).toBeGreaterThanOrEqual(0);
          expect(place).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  it('has harm to the right of its limit, as on stable to the left of it', () => {
    const bar = effectBar({ of: 'p99', low: 1.2, estimate: 1.4, high: 1.6 }, { limit: 1.1, safe: 2 });
    expect(bar.same).toBeLessThan(bar.limit ?? NaN);
    expect(bar.limit).toBeLessThan(bar.low);
    expect(bar.safe).toBeGreaterThan(bar.high);
    expect(bar.isOpen).toBe(false);
  });

  it.each([
    ['has no upper end yet', { of: 'error ratio', low: 13 }],
    ['goes beyond 16 times', { of: 'error ratio', low: 13, high: 400 }],
    ['is nothing against nothing', { of: 'error ratio', low: 0 }],
  ])('is open to the right when it %s', (_, effect) => {
    expect(effectBar(effect, {})).toMatchObject({ isOpen: true, high: 1 });
  });
});
