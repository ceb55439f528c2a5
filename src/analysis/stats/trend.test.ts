import fc from 'fast-check';
import { expect, test } from 'vitest';
import { extended, nextStretch, NO_TREND, short, slopeOf, type Trend } from './trend.ts';

function through(points: readonly (readonly [number, number])[], trend: Trend = NO_TREND): Trend {
  return points.reduce((line, [at, value]) => extended(line, at, value), trend);
}

test('the slope is that of least squares', () => {
  const value = fc.double({ min: 1, max: 1_000, noNaN: true });
  fc.assert(
    fc.property(fc.array(value, { minLength: 2, maxLength: 40 }), (values) => {
      const n = values.length;
      const [meanAt, mean] = [(n - 1) / 2, values.reduce((sum, one) => sum + one, 0) / n];
      const tx = values.reduce((sum, one, at) => sum + (at - meanAt) * (one - mean), 0);
      const tt = values.reduce((sum, _, at) => sum + (at - meanAt) ** 2, 0);
      const slope = slopeOf(through(values.map((one, at) => [at, one])));
      expect(Math.abs((slope ?? NaN) - tx / tt)).toBeLessThan(0.01);
    }),
  );
});

test('one point has no slope', () => {
  expect(slopeOf(NO_TREND)).toBeUndefined();
  expect(slopeOf(through([[3, 7]]))).toBeUndefined();
});

test('a jump between two stretches is not growth', () => {
  const first = through([
    [0, 10],
    [1, 12],
    [2, 14],
  ]);
  const second = through(
    [
      [0, 500],
      [1, 502],
      [2, 504],
    ],
    nextStretch(first),
  );
  expect(slopeOf(second)).toBeCloseTo(2, 9);
});

test.each([
  [0, 0],
  [123_456_789, 123_457_000],
  [-0.000123456789, -0.000123457],
  [5e-324, 5e-324],
  [1.23456789e300, 1.23457e300],
  [Infinity, Infinity],
])('%s is %s in short', (value, expected) => {
  expect(short(value)).toBe(expected);
});
