import { describe, expect, it } from 'vitest';
import { bucketOf } from '../analysis/measurement.ts';
import type { Reading } from '../engine/status.ts';
import type { RevisionId } from '../rollout/model.ts';
import { RecentReadings } from './rates.ts';

const OLD = 'r1-old' as RevisionId;

function reading(at: number, requests: number, epoch = 'e1'): Reading {
  const counters = { requests, errors: requests / 100, latency: [[bucketOf(20), requests]] as const };
  return { epoch, at, series: [{ track: 'stable', revision: OLD, counters }] };
}

describe('the rates', () => {
  it('are those of the last seconds', () => {
    const readings = new RecentReadings();
    for (let second = 0; second <= 20; second += 1) readings.add(reading(second * 1_000, second * 100));
    const [rate] = readings.rates(() => true);
    expect(rate).toMatchObject({ track: 'stable', overMs: 5_000, requestsPerSecond: 100, errorRatio: 0.01 });
    expect(rate?.p50Ms).toBeCloseTo(20, 0);
  });

  it('begin anew with the counters', () => {
    const readings = new RecentReadings();
    readings.add(reading(0, 1_000));
    readings.add(reading(1_000, 10, 'e2'));
    expect(readings.rates(() => true)).toEqual([]);
    readings.add(reading(2_000, 60, 'e2'));
    expect(readings.rates(() => true)[0]?.requestsPerSecond).toBe(50);
  });

  it('are only of who plays a role now', () => {
    const readings = new RecentReadings();
    readings.add(reading(0, 0));
    readings.add(reading(1_000, 10));
    expect(readings.rates(({ revision }) => revision !== OLD)).toEqual([]);
  });
});
