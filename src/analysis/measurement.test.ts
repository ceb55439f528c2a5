import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  bucketOf,
  countersBetween,
  NO_REQUESTS,
  quantileOf,
  upperBoundOf,
  type TrackCounters,
} from './measurement.ts';

describe('buckets', () => {
  test('hold what lies above the bound before and up to their own', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 1e8, noNaN: true }), (ms) => {
        const bucket = bucketOf(ms);
        expect(ms).toBeLessThanOrEqual(upperBoundOf(bucket) * (1 + 1e-9));
        expect(ms).toBeGreaterThan(upperBoundOf(bucket - 1) * (1 - 1e-9));
      }),
    );
  });

  test('hold their bound itself', () => {
    for (let bucket = -300; bucket < 800; bucket += 1) expect(bucketOf(upperBoundOf(bucket))).toBe(bucket);
  });

  test('take nothing and less as a microsecond', () => {
    expect(bucketOf(0)).toBe(bucketOf(0.001));
    expect(bucketOf(-5)).toBe(bucketOf(0.001));
  });
});

describe('the difference of two readings', () => {
  const earlier: TrackCounters = { requests: 10, errors: 1, latency: [[1, 4], [3, 6]] }; // prettier-ignore
  const later: TrackCounters = { requests: 15, errors: 1, latency: [[1, 4], [2, 3], [3, 8]] }; // prettier-ignore

  test('is what happened between them', () => {
    expect(countersBetween(earlier, later)).toEqual({ requests: 5, errors: 0, latency: [[2, 3], [3, 2]] }); // prettier-ignore
    expect(countersBetween(later, later)).toEqual(NO_REQUESTS);
  });

  test.each([
    ['requests', { ...later, requests: 9 }],
    ['errors', { ...later, errors: 0 }],
    ['a bucket', { ...later, latency: [[1, 3], [3, 9]] }], // prettier-ignore
    ['a bucket that is gone', { ...later, latency: [[3, 9]] }],
  ] as const)('is unknown when %s went backwards', (_, reading) => {
    expect(countersBetween(earlier, reading)).toBeUndefined();
  });
});

test('a quantile is the bound of the bucket that holds it', () => {
  expect(quantileOf([[0, 50], [32, 49], [64, 1]], 0.5)).toBe(1); // prettier-ignore
  expect(quantileOf([[0, 50], [32, 49], [64, 1]], 0.99)).toBe(2); // prettier-ignore
  expect(quantileOf([[0, 50], [32, 49], [64, 1]], 1)).toBe(4); // prettier-ignore
  expect(quantileOf([], 0.5)).toBeUndefined();
});
