import { describe, expect, test } from 'vitest';
import type { Metric, ScoredSettings } from '../../rollout/model.ts';
import type { CheckJudgement } from '../judgement.ts';
import type { LogHistogram, Sample } from '../measurement.ts';
import { counts, distribution, gauge, LATENCY, MISSING, RATE, VALUE } from '../testing/samples.ts';
import type { CheckWith } from './judge.ts';
import { scored } from './scored.ts';

const TIMES: ScoredSettings['times'] = { stepMs: 10_000, everyMs: 60_000, lifetimeMs: 180_000 };

function checkOf(
  times: Partial<ScoredSettings['times']> = {},
  metric: Metric = VALUE,
  options: ScoredSettings['options'] = { direction: 'increase' },
): CheckWith<ScoredSettings> {
  return { name: 'lag', metric, judge: { kind: 'score', options, times: { ...TIMES, ...times } }, weight: 1 };
}

function judgedBy(check: CheckWith<ScoredSettings>, samples: readonly Sample[], ms = 10_000): CheckJudgement {
  let state = scored.beginStep(check, scored.start(1));
  for (const sample of samples) {
    state = JSON.parse(JSON.stringify(scored.add(check, state, { ms, sample }))) as typeof state;
  }
  return scored.judgement(check, state, 0);
}

/** Points that differ from each other a little, around `level`. */
function points(count: number, level: number, from = 0): readonly Sample[] {
  return Array.from({ length: count }, (_, i) =>
    gauge({ '': level + ((i + from) % 7) / 10 }, { '': 10 + ((i + from + 3) % 7) / 10 }),
  );
}

describe('a scored check', () => {
  test.each([
    ['is judged only after its interval', points(5, 20), undefined, 0],
    ['is High when its values are larger', points(6, 20), 'High', 60_000],
    ['passes when they are not', points(6, 10), 'Pass', 60_000],
    ['passes in the direction that does not matter', points(6, 5), 'Pass', 60_000],
    ['keeps its judgement until the next', [...points(6, 10), ...points(5, 90)], 'Pass', 60_000],
    ['is not judged after the lifetime', [...points(18, 10), ...points(30, 90)], 'Pass', 180_000],
    ['has no data when there is none', Array.from({ length: 6 }, () => gauge({}, {})), 'Nodata', 60_000],
    ['nor when its source is away', Array.from({ length: 6 }, () => MISSING), 'Nodata', 60_000],
    ['nor when one arm is silent', Array.from({ length: 6 }, () => gauge({}, { '': 1 })), 'Nodata', 60_000],
  ] as const)('%s', (...[, samples, label, judgedMs]) => {
    expect(judgedBy(checkOf(), samples)).toMatchObject({
      verdict: 'undecided',
      ...(label === undefined ? {} : { label }),
      scored: { judgedMs, lastMs: 180_000, critical: false, muted: false },
    });
  });

  test('is judged over all of the step, or over its newest part', () => {
    const samples = [...points(60, 90), ...points(6, 10)];
    expect(judgedBy(checkOf({ lifetimeMs: 660_000 }), samples).label).toBe('High');
    expect(judgedBy(checkOf({ lifetimeMs: 660_000, lookbackMs: 60_000 }), samples).label).toBe('Pass');
  });

  test('begins anew with each step', () => {
    let state = scored.beginStep(checkOf(), scored.start(2));
    for (const sample of points(6, 90)) state = scored.add(checkOf(), state, { ms: 10_000, sample });
    expect(scored.judgement(checkOf(), state, 0).label).toBe('High');
    expect(scored.judgement(checkOf(), scored.beginStep(checkOf(), state), 0)).toMatchObject({
      reason: 'lag: first judged after 60s of the step',
      scored: { judgedMs: 0 },
      samples: 0,
    });
  });

  test.each([
    [
      'a lifetime that is no multiple ends with the last interval',
      { everyMs: 50_000, lifetimeMs: 120_000 },
      100_000,
    ],
    ['an interval beyond the lifetime is the lifetime', { everyMs: 500_000, lifetimeMs: 120_000 }, 120_000],
  ] as const)('%s', (...[, times, lastMs]) => {
    expect(judgedBy(checkOf(times), points(30, 10)).scored).toMatchObject({ judgedMs: lastMs, lastMs });
  });

  const half: LogHistogram = [
    [32, 5],
    [64, 5],
  ];
  test.each([
    ['the ratio of counts', { kind: 'errors' }, counts(50, 5), 0.1, 0.02],
    ['events by their exposure, since the arms have different shares', RATE, counts(500, 20), 0.04, 0.02],
    ['the median of latencies', LATENCY, distribution(half, [[32, 1]]), 2, 2],
    [
      'the quantile that is asked for',
      { kind: 'latency', quantile: 0.9 },
      distribution(half, [[32, 1]]),
      4,
      2,
    ],
    ['the mean of units', VALUE, gauge({ a: 1, b: 3 }, { c: 5 }), 2, 5],
  ] as const)('takes as a point %s', (...[, metric, sample, candidate, control]) => {
    const samples = Array.from({ length: 6 }, () => sample);
    const judgement = judgedBy(checkOf({}, metric), samples);
    expect(judgement.candidate).toBeCloseTo(candidate, 9);
    expect(judgement.control).toBeCloseTo(control, 9);
  });

  test.each([
    [
      { critical: true, direction: 'increase' },
      { critical: true, muted: false },
    ],
    [
      { muted: true, direction: 'increase' },
      { critical: false, muted: true },
    ],
  ])('reads the options of Kayenta: %j', (options, part) => {
    expect(judgedBy(checkOf({}, VALUE, options), points(6, 90))).toMatchObject({
      label: 'High',
      scored: part,
    });
  });

  test('an error of its options is told, not thrown', () => {
    expect(judgedBy(checkOf({}, VALUE, { critical: 'yes' }), points(6, 90))).toMatchObject({
      label: 'Error',
      reason: expect.stringMatching(/^lag: scoring.critical must be/) as string,
    });
  });

  test('keeps the points of a day at most', () => {
    const check = checkOf({ everyMs: 1e12, lifetimeMs: 1e12 });
    let state = scored.start(1);
    for (const sample of points(1_500, 10)) state = scored.add(check, state, { ms: 10_000, sample });
    expect(JSON.stringify(state).length).toBeLessThan(20_000);
  });

  test('is the same when ticks are split', () => {
    const split = points(18, 20).flatMap((sample) => [sample, sample]);
    const { samples: _, ...whole } = judgedBy(checkOf(), points(18, 20));
    expect(judgedBy(checkOf(), split, 5_000)).toMatchObject(whole);
  });
});
