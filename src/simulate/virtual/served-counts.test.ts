import { describe, expect, it } from 'vitest';
import { quantileOf } from '../../analysis/measurement.ts';
import { logNormalLatency } from '../../analysis/power/traffic.ts';
import { shapeOf, shiftOf, slowedShare } from '../users/latency-shape.ts';
import { randomFrom } from '../random.ts';
import { ServedCounts } from './served-counts.ts';

const shape = shapeOf(logNormalLatency(80, 300))!;

function counted(requests: number, slowness: number) {
  const counts = new ServedCounts();
  counts.add({ requests, failed: 3, shape, shift: shiftOf(slowness) }, randomFrom(1));
  return counts.counters();
}

describe('counts of answers', () => {
  it.each([1_000, 16_384, 16_385, 1_000_000])('hold every latency of %d requests', (requests) => {
    const { latency, ...rest } = counted(requests, 1);
    expect(rest).toEqual({ requests, errors: 3 });
    expect(latency.reduce((sum, [, count]) => sum + count, 0)).toBe(requests);
    expect(latency.map(([index]) => index)).toEqual(
      [...latency.map(([index]) => index)].sort((a, b) => a - b),
    );
  });

  it.each([10_000, 1_000_000])(
    'of %d requests have the median and the 99th percentile that were asked for',
    (requests) => {
      const { latency } = counted(requests, 1);
      expect(quantileOf(latency, 0.5)! / 80).toBeCloseTo(1, 1);
      expect(quantileOf(latency, 0.99)! / 300).toBeCloseTo(1, 1);
      expect(quantileOf(counted(requests, 2).latency, 0.5)! / 160).toBeCloseTo(1, 1);
    },
  );

  it('hold no latencies where none are known', () => {
    const counts = new ServedCounts();
    counts.add({ requests: 5, failed: 0, shape: shapeOf([]), shift: 0 }, randomFrom(1));
    expect(counts.counters()).toEqual({ requests: 5, errors: 0, latency: [] });
  });

  it('tell of users and of those drawn by weight only where these are counted', () => {
    const counts = new ServedCounts();
    counts.assign(2);
    counts.see(3, 1);
    counts.assign(5);
    counts.see(4, 0);
    expect(counts.counters()).toMatchObject({ assigned: 7, users: { seen: 7, failed: 1 } });
  });

  it('keep latencies beyond all bounds at the bounds', () => {
    const counts = new ServedCounts();
    counts.add({ requests: 10, failed: 0, shape, shift: 1e6 }, randomFrom(1));
    counts.add({ requests: 10, failed: 0, shape, shift: -1e6 }, randomFrom(1));
    expect(counts.counters().latency).toEqual([
      [-128, 10],
      [895, 10],
    ]);
  });
});

describe('who is slowed', () => {
  it.each([
    ['nobody, as fast as ever', 1, 0],
    ['nobody, when it is faster', 0.9, 0],
    ['nobody by half a percent', 1.005, 0],
    ['everybody by a tenth', 1.1, 1],
  ])('is %s', (_, slowness, share) => {
    expect(slowedShare(shape, shiftOf(slowness), shape)).toBe(share);
  });

  it('is the slower half when only the tail is longer', () => {
    const longer = shapeOf(logNormalLatency(80, 600))!;
    expect(slowedShare(longer, 0, shape)).toBeCloseTo(0.49, 1);
    expect(slowedShare(shape, 0, longer)).toBeCloseTo(0.49, 1);
  });
});
