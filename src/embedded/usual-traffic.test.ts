import { describe, expect, it } from 'vitest';
import { bucketOf } from '../analysis/measurement.ts';
import type { Reading } from '../engine/status.ts';
import type { RevisionId } from '../rollout/model.ts';
import { UsualTraffic } from './usual-traffic.ts';

function reading(seconds: number, requests: number, epoch = 'e1'): Reading {
  const counters = { requests, errors: requests / 100, latency: [[bucketOf(20), requests]] as const };
  const revision = 'r1-a' as RevisionId;
  return { epoch, at: seconds * 1_000, series: [{ track: 'stable', revision, counters }] };
}

describe('the usual traffic', () => {
  it('is that of the last ten minutes, whenever it is looked at', () => {
    const usual = new UsualTraffic();
    for (let second = 0; second <= 3_600; second += 5) usual.add(reading(second, second * 100));
    expect(usual.traffic()).toEqual({
      requestsPerSecond: 100,
      errorRatio: 0.01,
      latency: [[bucketOf(20), 60_000]],
    });
  });

  it('counts users, and no copies of what they ask', () => {
    const usual = new UsualTraffic();
    const withCopies = (seconds: number): Reading => {
      const { series, ...rest } = reading(seconds, seconds * 100);
      const copies = series.map((one) => ({ ...one, track: 'shadow' as const, originals: one.counters }));
      return { ...rest, series: [...series, ...copies] };
    };
    usual.add(withCopies(0));
    usual.add(withCopies(60));
    expect(usual.traffic()?.requestsPerSecond).toBe(100);
  });

  it('is not known before there is any, nor from counters that began anew', () => {
    const usual = new UsualTraffic();
    expect(usual.traffic()).toBeUndefined();
    usual.add(reading(0, 1_000));
    expect(usual.traffic()).toBeUndefined();
    usual.add(reading(60, 10, 'e2'));
    expect(usual.traffic()).toBeUndefined();
    usual.add(reading(70, 60, 'e2'));
    expect(usual.traffic()?.requestsPerSecond).toBe(5);
  });
});
