import fc from 'fast-check';
import { expect, test } from 'vitest';
import { poolViolators } from './isotonic.ts';

function fitted(values: readonly number[], weights: readonly number[]): readonly number[] {
  const amounts = values.map((value, index) => value * (weights[index] ?? 1));
  const sums = [...weights];
  const { ends, blocks } = poolViolators(amounts, sums, []);
  const fit: number[] = [];
  for (let block = 0; block < blocks; block += 1) {
    while (fit.length < (ends[block] ?? 0)) fit.push((amounts[block] ?? 0) / (sums[block] ?? 1));
  }
  return fit;
}

/** Tries every way to cut the positions into blocks and keeps the best non-decreasing one. */
function bestFit(values: readonly number[], weights: readonly number[]): readonly number[] {
  let best: { readonly cost: number; readonly fit: readonly number[] } = { cost: Infinity, fit: [] };
  for (let cuts = 0; cuts < 2 ** (values.length - 1); cuts += 1) {
    const fit: number[] = [];
    for (let start = 0; start < values.length;) {
      let end = start + 1;
      while (end < values.length && ((cuts >> (end - 1)) & 1) === 0) end += 1;
      const weight = weights.slice(start, end).reduce((sum, one) => sum + one, 0);
      const amount = values
        .slice(start, end)
        .reduce((sum, one, i) => sum + one * (weights[start + i] ?? 0), 0);
      for (; start < end; start += 1) fit.push(amount / weight);
    }
    const isRising = fit.every((value, index) => index === 0 || value >= (fit[index - 1] ?? 0));
    const cost = fit.reduce((sum, value, i) => sum + (weights[i] ?? 0) * (value - (values[i] ?? 0)) ** 2, 0);
    if (isRising && cost < best.cost) best = { cost, fit };
  }
  return best.fit;
}

test('is the best non-decreasing fit of all', () => {
  const pairs = fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 1, max: 5 })), {
    minLength: 1,
    maxLength: 9,
  });
  fc.assert(
    fc.property(pairs, (rows) => {
      const values = rows.map(([value]) => value);
      const weights = rows.map(([, weight]) => weight);
      const expected = bestFit(values, weights);
      fitted(values, weights).forEach((value, index) => {
        expect(value).toBeCloseTo(expected[index] ?? NaN, 9);
      });
    }),
  );
});

/** `scipy.optimize.isotonic_regression` of scipy 1.17. */
test('agrees with an independent computation', () => {
  const fit = fitted([1, 3, 2, 2, 5, 4, 0.5, 6], [1, 2, 1, 4, 1, 1, 0.5, 2]);
  const expected = [1, 2.2857142857142856, 2.2857142857142856, 2.2857142857142856, 3.7, 3.7, 3.7, 6];
  fit.forEach((value, index) => {
    expect(value).toBeCloseTo(expected[index] ?? NaN, 12);
  });
});
