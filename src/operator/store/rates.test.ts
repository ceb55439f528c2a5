import { describe, expect, it } from 'vitest';
import { NO_REQUESTS, type Sample, type Tick } from '../../analysis/measurement.ts';
import { shareFor } from '../../base/share.ts';
import { NEW_STATUS, type Status } from '../../engine/status.ts';
import type { Check } from '../../rollout/model.ts';
import { aReleaseState } from '../../../test/engine/release-state.ts';
import { anAnalysis, aRollout } from '../../../test/engine/rollouts.ts';
import { aTick } from '../testing/ticks.ts';
import { ratesAfter } from './rates.ts';

const judge = { kind: 'threshold', max: 1, failures: 1 } as unknown as Check['judge'];
const CHECKS = [
  { name: 'errors', judge, weight: 1, metric: { kind: 'errors', from: { source: 'prom', queries: {} } } },
  { name: 'times', judge, weight: 1, metric: { kind: 'latency', from: { source: 'prom', query: '' } } },
] as unknown as readonly Check[];
const rollout = aRollout({ analysis: anAnalysis({ checks: CHECKS }) });
const status: Status = { ...NEW_STATUS, release: aReleaseState({ counting: true }) };
const OLD = [{ track: 'stable', overMs: 1_000, requestsPerSecond: 7, errorRatio: 0 }] as const;

/** What a scrape of 10 seconds has told: 100 requests of the candidate, 900 of stable. */
function scraped(coveredMs: number): ReturnType<typeof aTick> {
  const arms = { candidate: { trials: 100, events: 5 }, control: { trials: 900, events: 9 } };
  const measured: Record<string, Sample> = {
    errors: { kind: 'counts', ...arms, coveredMs },
    times: { kind: 'distribution', candidate: [[32, 100]], control: [[0, 900]], coveredMs },
  };
  const tick: Tick = {
    ms: 1_000,
    candidate: { ...NO_REQUESTS, requests: 100, errors: 5 },
    control: { ...NO_REQUESTS, requests: 900, errors: 9 },
    measured,
  };
  return aTick(1, { tick });
}

describe('what tracks serve, as far as a tick tells', () => {
  it('is what a source counted, over as long as it tells of', () => {
    expect(ratesAfter(undefined, { rollout, status }, scraped(10_000)).rates).toEqual([
      { track: 'stable', overMs: 10_000, requestsPerSecond: 90, errorRatio: 0.01, p50Ms: 1, p99Ms: 1 },
      { track: 'canary', overMs: 10_000, requestsPerSecond: 10, errorRatio: 0.05, p50Ms: 2, p99Ms: 2 },
    ]);
  });

  it('is told of each of several variants that a tick tells apart, and of no other', () => {
    const release = aReleaseState({ counting: true });
    const weights = {
      stable: shareFor(8, 10),
      'variant:blue': shareFor(1, 10),
      'variant:green': shareFor(1, 10),
    };
    const steps = release.plan.steps.map((step) => ({ ...step, weights }));
    const apart: Status = { ...NEW_STATUS, release: { ...release, plan: { ...release.plan, steps } } };
    const { tick } = scraped(10_000);
    const variants = { 'variant:blue': { ...NO_REQUESTS, requests: 60, errors: 3 } };
    const rates = (one: Tick) =>
      ratesAfter(undefined, { rollout, status: apart }, aTick(1, { tick: one })).rates;
    expect(rates({ ...tick, variants })?.slice(1)).toEqual([
      { track: 'variant:blue', overMs: 10_000, requestsPerSecond: 6, errorRatio: 0.05 },
    ]);
    expect(rates(tick)?.map(({ track }) => track)).toEqual(['stable']);
  });

  it('stays between two scrapes and while nothing is counted in a step, and goes with what told of it', () => {
    const at = { rollout, status };
    expect(ratesAfter(OLD, at, scraped(0)).rates).toEqual(OLD);
    expect(ratesAfter(OLD, at, undefined).rates).toEqual(OLD);
    const away = aTick(1, {
      tick: { ...scraped(1).tick, measured: { errors: { kind: 'missing', reason: 'away' } } },
    });
    expect(ratesAfter(OLD, at, away)).toEqual({});
    const moving: Status = { ...status, release: aReleaseState({ counting: false }) };
    expect(ratesAfter(OLD, { rollout, status: moving }, undefined)).toEqual({});
    expect(ratesAfter(OLD, { rollout, status: NEW_STATUS }, undefined)).toEqual({});
  });
});
