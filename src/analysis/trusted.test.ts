import { expect, test } from 'vitest';
import { counts, values } from '../../test/analysis/ticks.ts';
import type { Sample } from './measurement.ts';
import { trusted, trustedAmount } from './trusted.ts';

test.each<[string, Sample]>([
  ['counts', counts([20, 0], [180.5, 3])],
  ['more events than trials', counts([2, 5], [0, 9])],
  ['values', values([[-4, 1], [0, 2]], [])], // prettier-ignore
  ['a gauge of any sign', { kind: 'gauge', candidate: { a: -5, b: 0 }, control: { '': 1e300 } }],
  ['what is missing already', { kind: 'missing', reason: 'no answer' }],
])('%s are trusted as they are', (_, sample) => {
  expect(trusted(sample)).toBe(sample);
});

test.each<[Sample, string]>([
  [counts([NaN, 0], [1, 0]), 'an exposure of NaN was measured'],
  [counts([1, 0], [1, -2]), 'a count of -2 was measured'],
  [counts([Infinity, 0], [1, 0]), 'an exposure of Infinity was measured'],
  [counts([1, 0], [1e16, 0]), 'an exposure of 10000000000000000 was measured'],
  [values([[3, NaN]], []), 'a bucket with a count of NaN was measured'],
  [values([], [[3, -1]]), 'a bucket with a count of -1 was measured'],
  [values([[0.5, 1]], []), 'a bucket numbered 0.5 was measured'],
  [values([[3, 1], [3, 1]], []), 'a histogram out of order was measured'], // prettier-ignore
  [values([[3, 1], [2, 1]], []), 'a histogram out of order was measured'], // prettier-ignore
  [{ kind: 'gauge', candidate: {}, control: { a: Infinity } }, 'a value of Infinity was measured'],
])('%o is missing: %s', (sample, reason) => {
  expect(trusted(sample)).toEqual({ kind: 'missing', reason });
});

test('an amount that cannot be is nothing', () => {
  expect([3.5, -1, NaN, Infinity, 1e17].map(trustedAmount)).toEqual([3.5, 0, 0, 0, 0]);
});
