import { expect, test } from 'vitest';
import { counted, evidence, milliseconds, percent } from './words.ts';

test.each([
  [0, '0 %'],
  [0.00123, '0.12 %'],
  [0.048, '4.8 %'],
  [0.4786, '48 %'],
  [1, '100 %'],
])('a share of %d reads %s', (ratio, text) => {
  expect(percent(ratio)).toBe(text);
});

test.each([
  [0.0321, '0.0321 ms'],
  [88.14, '88.1 ms'],
  [1_243, '1,240 ms'],
])('%d milliseconds read %s', (ms, text) => {
  expect(milliseconds(ms)).toBe(text);
});

test.each([
  [-30, 'under 0.01'],
  [Math.log(0.314), '0.31'],
  [Math.log(20), '20'],
  [Math.log(1_230.7), '1,230'],
  [700, 'over a million'],
])('evidence of exp(%d) reads %s', (logE, text) => {
  expect(evidence(logE)).toBe(text);
});

test('counts agree with their nouns', () => {
  expect(counted(1, 'request')).toBe('1 request');
  expect(counted(1_234_567, 'request')).toBe('1,234,567 requests');
});
