import { describe, expect, it } from 'vitest';
import { anAnalysis } from '../../../test/engine/rollouts.ts';
import type { Check } from '../../rollout/model.ts';
import { outlookOf, type AnalysedStep } from './outlook.ts';
import { logNormalLatency, trafficOf } from './traffic.ts';

/** The service of the comparison: 200 requests a second, 0.1 % failing, median 80 ms, p99 287 ms. */
const SERVICE = { requestsPerSecond: 200, errorRatio: 0.001, latency: logNormalLatency(80, 287) };
const STEP: AnalysedStep = { title: 'canary 10%', share: 0.1, atLeastMs: 30_000, atMostMs: 600_000 };
const ERRORS: Check = {
  name: 'errors',
  metric: { kind: 'errors' },
  judge: { kind: 'sequential', worseBy: 0.1 },
  weight: 1,
};
const LATENCY: Check = {
  name: 'latency',
  metric: { kind: 'latency' },
  judge: { kind: 'sequential', worseBy: 0.03 },
  weight: 1,
};

function foundSeconds(check: Check, harm: string, requestsPerSecond = 200): number {
  const traffic = { ...SERVICE, requestsPerSecond };
  const [step] = outlookOf(anAnalysis({ checks: [ERRORS, LATENCY] }), [STEP], traffic);
  const outlook = step?.checks.find(({ name }) => name === check.name);
  return (outlook?.harms.find((one) => one.harm === harm)?.foundMs ?? Infinity) / 1_000;
}

describe('what an analysis can be expected to see', () => {
  // What the benchmark measures on random traces: `npm run bench -- detection`.
  it.each([
    [ERRORS, 'errors at 5 %', [2, 8]],
    [ERRORS, 'errors at 50 %', [1, 3]],
    [LATENCY, 'latency +30 %', [4, 15]],
    [LATENCY, 'latency +10 %', [50, 180]],
    [LATENCY, 'slowest 2 % ×3', [6, 30]],
  ] as const)('%j finds %s after %j seconds', (check, harm, [least, most]) => {
    const seconds = foundSeconds(check, harm);
    expect(seconds).toBeGreaterThanOrEqual(least);
    expect(seconds).toBeLessThanOrEqual(most);
  });

  it('takes longer with less traffic, in proportion or more', () => {
    const harms = [
      [ERRORS, 'errors at 5 %'],
      [LATENCY, 'latency +30 %'],
    ] as const;
    for (const [check, harm] of harms) {
      expect(foundSeconds(check, harm, 20)).toBeGreaterThan(5 * foundSeconds(check, harm, 200));
    }
  });

  it('counts who is harmed until then', () => {
    const [step] = outlookOf(anAnalysis({ checks: [LATENCY] }), [STEP], SERVICE);
    const harm = step?.checks[0]?.harms.find((one) => one.harm === 'latency +30 %');
    expect(harm?.harmedRequests).toBe(Math.ceil((20 * (harm?.foundMs ?? 0)) / 1_000));
    expect(harm?.inTime).toBe(true);
  });

  it('names the smallest harm that is found in time, a smaller one in a longer step', () => {
    const smallest = (atMostMs: number): string | undefined =>
      outlookOf(anAnalysis({ checks: [LATENCY] }), [{ ...STEP, atMostMs }], SERVICE)[0]?.checks[0]?.smallest;
    expect(smallest(1_000)).toBe('latency ×2');
    expect(smallest(600_000)).toBe('latency +10 %');
  });

  it('tells how long a proof of safety takes, and that it cannot come', () => {
    const proof = (errorRatio: number): number | undefined =>
      outlookOf(anAnalysis(), [STEP], { ...SERVICE, errorRatio })[0]?.checks[0]?.proofMs;
    expect(proof(0.001)).toBeGreaterThan(30_000);
    expect(proof(0.001)).toBeLessThan(1_800_000);
    const unprovable = anAnalysis({
      checks: [{ ...ERRORS, judge: { kind: 'sequential', worseBy: 0.1, safe: { absolute: 0.0001 } } }],
    });
    expect(outlookOf(unprovable, [STEP], SERVICE)[0]?.checks[0]?.proofMs).toBe(Infinity);
  });

  it('says nothing of latency that is not known', () => {
    const [step] = outlookOf(anAnalysis({ checks: [LATENCY] }), [STEP], { ...SERVICE, latency: [] });
    expect(step?.checks[0]).toEqual({ name: 'latency', harms: [] });
  });
});

describe('traffic', () => {
  it('is what was counted over the time', () => {
    expect(trafficOf({ requests: 100, errors: 1, latency: [[5, 100]] }, 10_000)).toEqual({
      requestsPerSecond: 10,
      errorRatio: 0.01,
      latency: [[5, 100]],
    });
    expect(trafficOf({ requests: 0, errors: 0, latency: [] }, 10_000)).toBeUndefined();
  });
});
