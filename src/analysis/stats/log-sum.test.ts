import fc from 'fast-check';
import { expect, test } from 'vitest';
import { logGrid, logMean, logSum, logWeightedSum } from './log-sum.ts';

test('the logarithm of a sum needs no room for the sum itself', () => {
  expect(logSum([1000, 1000])).toBeCloseTo(1000 + Math.log(2), 10);
  expect(logSum([-2000, -2000, -2000, -2000])).toBeCloseTo(-2000 + Math.log(4), 10);
  expect(logSum([])).toBe(-Infinity);
  expect(logSum([-Infinity, 3])).toBe(3);
});

test('sums and means agree with plain arithmetic where that can be done', () => {
  const logs = fc.array(fc.double({ min: -20, max: 20, noNaN: true }), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(logs, (values) => {
      const plain = values.reduce((sum, value) => sum + Math.exp(value), 0);
      expect(logSum(values)).toBeCloseTo(Math.log(plain), 9);
      expect(logMean(values)).toBeCloseTo(Math.log(plain / values.length), 9);
      expect(logWeightedSum(values.map((value) => [0.5, value]))).toBeCloseTo(Math.log(plain / 2), 9);
    }),
  );
});

test('a weight of nothing adds nothing', () => {
  expect(
    logWeightedSum([
      [0, 800],
      [1, 2],
    ]),
  ).toBe(2);
});

test('a logarithmic grid has its ends where they were asked for and even steps between', () => {
  const grid = logGrid(1.3, 500, 24);
  expect(grid).toHaveLength(24);
  expect(grid[0]).toBeCloseTo(1.3, 12);
  expect(grid[23]).toBeCloseTo(500, 9);
  expect((grid[5] ?? 0) / (grid[4] ?? 1)).toBeCloseTo((grid[20] ?? 0) / (grid[19] ?? 1), 12);
});
