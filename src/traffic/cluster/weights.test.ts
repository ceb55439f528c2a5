import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FULL_SHARE, type Share } from '../../base/share.ts';
import { weightsIn, weightsOf } from './weights.ts';

const shares = (...percents: number[]): Share[] => percents.map((one) => Math.round(one * 1_000) as Share);

describe('weights', () => {
  it.each([
    { of: shares(95, 5), are: [95, 5] },
    { of: shares(87.5, 12.5), are: [875, 125] },
    { of: shares(66.667, 33.333), are: [66_667, 33_333] },
    { of: shares(100), are: [100] },
  ])('say shares exactly in the smallest total: $are', ({ of, are }) => {
    expect(weightsOf(of)).toEqual(are);
  });

  it('give at least 1 to what is to get something, and nothing to what is to get nothing, in a coarse total', () => {
    expect(weightsOf(shares(99.9, 0.1), 100)).toEqual([99, 1]);
    expect(weightsOf(shares(99.6, 0.4, 0), 100)).toEqual([99, 1, 0]);
  });

  it('add up, whatever the shares', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: FULL_SHARE }),
        fc.integer({ min: 2, max: 1_000 }),
        (first, total) => {
          const of = [first, FULL_SHARE - first] as Share[];
          const weights = weightsIn(of, total);
          expect(weights.reduce((sum, weight) => sum + weight, 0)).toBe(total);
          weights.forEach((weight, i) => {
            expect(weight > 0).toBe((of[i] ?? 0) > 0);
          });
        },
      ),
    );
  });
});
