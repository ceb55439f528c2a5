import fc from 'fast-check';
import { expect, test } from 'vitest';
import { logMean } from './log-sum.ts';
import { logMeanTempered, tempered } from './tempering.ts';

test('tempered evidence is never more than the evidence', () => {
  const logs = fc.double({ min: -1e6, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(logs, fc.double({ min: 1, max: 20, noNaN: true }), (logE, size) => {
      expect(tempered(logE, size)).toBeLessThanOrEqual(logE);
      expect(tempered(logE, 1)).toBe(logE);
    }),
  );
  expect(tempered(10, 5)).toBe(2);
});

test('a mixture of tempered evidence is never more than the mixture, and the same for a factor of 1', () => {
  const logs = fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(logs, fc.double({ min: 1, max: 20, noNaN: true }), (values, factor) => {
      expect(logMeanTempered(values, factor)).toBeLessThanOrEqual(logMean(values) + 1e-9);
      expect(logMeanTempered(values, 1)).toBe(logMean(values));
    }),
  );
});
