import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from './duration.ts';

describe('parseDuration', () => {
  it.each([
    ['0s', 0],
    ['250ms', 250],
    ['90s', 90_000],
    ['10m', 600_000],
    ['4h', 14_400_000],
    ['14d', 1_209_600_000],
    ['1h30m', 5_400_000],
    ['1d2h3m4s5ms', 93_784_005],
  ])('reads %s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each([
    '',
    '5',
    's',
    '1.5h',
    '-5s',
    '5 s',
    ' 5s',
    '5s\n',
    '5S',
    '5sec',
    '1s1s',
    '5m1h',
    '1w',
    '9'.repeat(20) + 'd',
  ])('refuses %j', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  it('never throws, and answers whole milliseconds or nothing', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9dhms.]*$/)), (text) => {
        const ms = parseDuration(text);
        expect(ms === undefined || (Number.isSafeInteger(ms) && ms >= 0)).toBe(true);
      }),
    );
  });
});

describe('formatDuration', () => {
  it.each([
    [0, '0ms'],
    [0.4, '0ms'],
    [999, '999ms'],
    [1_000, '1s'],
    [4_200, '4.2s'],
    [90_000, '90s'],
    [91_000, '1m31s'],
    [3_600_000, '1h'],
    [5_400_000, '1h30m'],
    [86_461_000, '1d1m1s'],
  ])('writes %d as a person would: %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it('of whole seconds reads back as the same time', () => {
    fc.assert(
      fc.property(fc.nat(100_000_000), (seconds) => {
        expect(parseDuration(formatDuration(seconds * 1_000))).toBe(seconds * 1_000);
      }),
    );
  });

  it('of ten seconds and more is right to half a second', () => {
    fc.assert(
      fc.property(fc.integer({ min: 10_000, max: 10 ** 10 }), (ms) => {
        expect(Math.abs((parseDuration(formatDuration(ms)) ?? NaN) - ms)).toBeLessThanOrEqual(500);
      }),
    );
  });
});
