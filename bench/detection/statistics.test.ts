import { expect, it } from 'vitest';
import { geometricMean, proportionInterval, quantile } from './statistics.ts';

it.each([
  [0, 2_000, 0, 0.00192],
  [20, 2_000, 0.00648, 0.01539],
  [5, 5, 0.5655, 1],
])('the interval of %d in %d', (...[hits, trials, low, high]) => {
  expect(proportionInterval(hits, trials).low).toBeCloseTo(low, 4);
  expect(proportionInterval(hits, trials).high).toBeCloseTo(high, 4);
});

it('a quantile that was not reached is none', () => {
  expect(quantile([1, 2, 3, Infinity], 0.5)).toBe(2);
  expect(quantile([1, 2, 3, Infinity], 0.75)).toBe(3);
  expect(quantile([1, 2, 3, Infinity], 0.9)).toBeUndefined();
});

it('a geometric mean', () => {
  expect(geometricMean([1, 10, 100])).toBeCloseTo(10, 9);
});
