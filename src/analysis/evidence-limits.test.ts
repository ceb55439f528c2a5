import { describe, expect, test } from 'vitest';
import type { Analysis, Check, ScoreSettings } from '../rollout/model.ts';
import { addTick, beginStep, judge, startEvidence } from './evidence.ts';
import type { Judgement } from './judgement.ts';
import type { Sample, Tick, TrackCounters } from './measurement.ts';
import { checkOf } from './testing/limits.ts';
import { counts, gauge, MISSING, VALUE } from './testing/samples.ts';

const ANALYSIS: Omit<Analysis, 'checks'> = {
  compareTo: 'stable',
  falseAlarms: 0.01,
  warmUpMs: 30_000,
  undecided: 'advance',
  noData: 'hold',
  standingAA: false,
};
const SCORE: ScoreSettings = {
  pass: 95,
  marginal: 50,
  stepMs: 10_000,
  everyMs: 60_000,
  lifetimeMs: 120_000,
  groups: [],
};

function traffic(requests: number, errors = 0): TrackCounters {
  return { requests, errors, latency: [] };
}

function tick(candidate: TrackCounters, measured: Readonly<Record<string, Sample>> = {}): Tick {
  return { ms: 10_000, candidate, control: traffic(100), measured };
}

function judgedBy(analysis: Analysis, ticks: readonly Tick[]): Judgement {
  let evidence = beginStep(analysis, startEvidence(analysis, 1));
  for (const one of ticks) evidence = addTick(analysis, evidence, one);
  return judge(analysis, evidence);
}

function times(count: number, one: Tick): readonly Tick[] {
  return Array.from({ length: count }, () => one);
}

describe('the warm-up is told of while it lasts', () => {
  const judges: readonly Pick<Check, 'name' | 'metric' | 'judge'>[] = [
    {
      name: 'errors',
      metric: { kind: 'errors' },
      judge: { kind: 'sequential', worseBy: 0.5, safe: { ratio: 2 } },
    },
    { name: 'latency', metric: { kind: 'latency' }, judge: { kind: 'sequential', worseBy: 0.03 } },
  ];
  const analysis: Analysis = { ...ANALYSIS, checks: judges.map((one) => ({ ...one, weight: 1 })) };

  test.each([
    ['before the first request', 0, 'no canary requests in this step yet'],
    ['when it has begun', 1, 'canary requests do not count for the next 20s, the warm-up'],
    ['near its end', 2, 'canary requests do not count for the next 10s, the warm-up'],
    ['when it is over', 3, 'no canary requests in this step yet'],
  ])('%s', (_when, ticks, story) => {
    const { reason, checks } = judgedBy(analysis, times(ticks, tick(traffic(10))));
    for (const check of checks) expect(check.reason.startsWith(`${check.name}: ${story}`)).toBe(true);
    expect(reason).toContain(story);
  });
});

describe('limits in a release', () => {
  const strict = checkOf({ max: 0.05, noValue: 'fail', failures: { limit: 0, consecutive: false } });
  const analysis: Analysis = { ...ANALYSIS, checks: [strict] };

  test.each([
    [
      'failures of the warm-up are no failures',
      [...times(3, tick(traffic(10, 10))), tick(traffic(10))],
      'undecided',
    ],
    ['failures after it are', [...times(3, tick(traffic(10, 10))), tick(traffic(10, 10))], 'bad'],
    ['the warm-up is no silence', times(3, tick(traffic(10))), 'undecided'],
    ['a candidate nobody has asked yet is one', times(1, tick(traffic(0))), 'bad'],
  ] as const)('%s', (...[, ticks, verdict]) => {
    expect(judgedBy(analysis, ticks).verdict).toBe(verdict);
  });

  test('too many inconclusive measurements hold the release and tell, bad ones turn it back', () => {
    const rules = {
      condition: 'result >= 0.95',
      failWhen: 'result < 0.90',
      failures: { limit: 0, consecutive: false, inconclusive: 0 },
    };
    const both: Analysis = { ...ANALYSIS, warmUpMs: 0, checks: [checkOf(rules, VALUE)] };
    const of = (value: number): Judgement =>
      judgedBy(both, [tick(traffic(1), { limit: gauge({ '': value }) })]);
    expect(of(0.93)).toMatchObject({
      verdict: 'invalid',
      reason: expect.stringMatching('1 inconclusive, 0 may') as string,
    });
    expect(of(NaN).verdict).toBe('invalid');
    expect(of(0.89).verdict).toBe('bad');
    expect(of(0.96).verdict).toBe('undecided');
  });

  test('a source that is away holds nothing when silence is passed over', () => {
    const lenient: Analysis = { ...ANALYSIS, warmUpMs: 0, checks: [checkOf({ max: 1 }, VALUE)] };
    expect(judgedBy(lenient, times(5, tick(traffic(1), { limit: MISSING }))).verdict).toBe('undecided');
  });
});

describe('an objective in a release', () => {
  const objective: Check = {
    name: 'objective',
    metric: { kind: 'errors' },
    judge: { kind: 'slo', budget: 0.01 },
    weight: 1,
  };
  const analysis: Analysis = { ...ANALYSIS, warmUpMs: 0, checks: [objective] };

  test.each([
    [50, 'bad'],
    [0, 'good'],
    [5, 'undecided'],
  ] as const)('needs no control: %d of 500 requests failing are %s', (errors, verdict) => {
    const alone: Tick = { ms: 10_000, candidate: traffic(500, errors), control: traffic(0) };
    const judgement = judgedBy(analysis, [alone]);
    expect(judgement.verdict).toBe(verdict);
    expect(judgement.checks[0]?.pValue).toBeLessThanOrEqual(1);
  });
});

describe('a score in a release', () => {
  const scored = (name: string, options: Readonly<Record<string, unknown>> = {}): Check => ({
    name,
    metric: { kind: 'ratio', source: 'prom', bad: 'bad', all: 'all' },
    judge: { kind: 'score', options: { direction: 'increase', ...options }, times: SCORE },
    weight: 1,
  });
  const analysis: Analysis = { ...ANALYSIS, warmUpMs: 0, checks: [scored('a'), scored('b')], score: SCORE };
  /** Twelve ticks of ten seconds in which the candidate has so many more failures than the control. */
  const ticks = (more: { readonly a: number; readonly b: number }, count = 12): readonly Tick[] =>
    Array.from({ length: count }, (_, i) => {
      const sample = (extra: number): Sample =>
        counts(1_000, (i % 5) + extra, { trials: 1_000, events: (i + 2) % 5 });
      return tick(traffic(100), { a: sample(more.a), b: sample(more.b) });
    });

  test.each([
    ['equal arms are good when the lifetime is over', ticks({ a: 0, b: 0 }), 'good', 100],
    ['and undecided before', ticks({ a: 0, b: 0 }, 11), 'undecided', 100],
    ['one of two is bad at the first judgement', ticks({ a: 0, b: 50 }, 6), 'bad', 50],
  ] as const)('%s', (...[, all, verdict, score]) => {
    expect(judgedBy(analysis, all)).toMatchObject({ verdict, score: { score } });
  });

  test('is not told before it was taken', () => {
    expect(judgedBy(analysis, ticks({ a: 0, b: 0 }, 5))).toMatchObject({
      verdict: 'undecided',
      reason: 'a: first judged after 60s of the step; b: first judged after 60s of the step',
    });
    expect(judgedBy(analysis, ticks({ a: 0, b: 0 }, 5)).score).toBeUndefined();
  });

  test('does not excuse a limit that is broken beside it', () => {
    const limit = checkOf({ max: 0.05, failures: { limit: 0, consecutive: false } });
    const both: Analysis = { ...analysis, checks: [...analysis.checks, limit] };
    const failing = ticks({ a: 0, b: 0 }).map((one) => ({ ...one, candidate: traffic(100, 50) }));
    expect(judgedBy(both, failing)).toMatchObject({
      verdict: 'bad',
      reason: expect.stringMatching(/^limit: 50 %/) as string,
    });
  });

  test('is good only with the proofs of the others', () => {
    const proof: Check = {
      name: 'proof',
      metric: { kind: 'errors' },
      judge: { kind: 'slo', budget: 0.0001 },
      weight: 1,
    };
    const both: Analysis = { ...analysis, checks: [...analysis.checks, proof] };
    expect(judgedBy(both, ticks({ a: 0, b: 0 })).verdict).toBe('undecided');
  });
});
