import { expect, test } from 'vitest';
import { lookedAgain, NO_LOOKS, partOfLook } from './looks.ts';

test('the parts of all looks and what is held back never exceed the whole bet', () => {
  let sum = Math.exp(NO_LOOKS.logE);
  for (let number = 1; number <= 100_000; number += 1) sum += partOfLook(number);
  expect(sum).toBeLessThanOrEqual(1);
  expect(sum).toBeGreaterThan(0.9999);
});

test('evidence only grows, by the part of each look', () => {
  let looks = NO_LOOKS;
  for (const logE of [-2, 3, -50]) looks = lookedAgain(looks, logE);
  expect(looks.taken).toBe(3);
  const expected = 0.1 + 0.9 * (Math.exp(-2) / 2 + Math.exp(3) / 6 + Math.exp(-50) / 12);
  expect(Math.exp(looks.logE)).toBeCloseTo(expected, 12);
});

test('harm that is seen in every look collects all of it but the part held back', () => {
  let looks = NO_LOOKS;
  for (let number = 0; number < 1_000; number += 1) looks = lookedAgain(looks, 10);
  expect(looks.logE).toBeCloseTo(10 + Math.log(0.9), 2);
});
