import { describe, expect, test } from 'vitest';
import type { ScoreSettings } from '../rollout/model.ts';
import type { CheckJudgement } from './judgement.ts';
import type { Label } from './score/label.ts';
import { scoredTogether } from './scoring.ts';

const SETTINGS: ScoreSettings = {
  pass: 95,
  marginal: 50,
  stepMs: 10_000,
  everyMs: 60_000,
  lifetimeMs: 600_000,
  groups: [],
};

interface Part {
  readonly critical?: boolean;
  readonly muted?: boolean;
  readonly judgedMs?: number;
}

function judged(
  name: string,
  label: Label | undefined,
  { critical = false, muted = false, judgedMs = 60_000 }: Part = {},
): CheckJudgement {
  const scored = { critical, muted, judgedMs: label === undefined ? 0 : judgedMs, lastMs: 600_000 };
  const common = {
    name,
    verdict: 'undecided',
    reason: `${name} is ${label ?? 'new'}`,
    scored,
    samples: 9,
  } as const;
  return label === undefined ? common : { ...common, label };
}

/** Checks named a, b, c, … by their labels. */
function all(labels: readonly (Label | undefined)[], part: Part = {}): readonly CheckJudgement[] {
  return labels.map((label, i) => judged('abcdefgh'[i] ?? '', label, part));
}

const AT_THE_END = { judgedMs: 600_000 };

/** The verdict of the checks that are not undecided, and the score. */
function outcome(checks: readonly CheckJudgement[], settings: ScoreSettings = SETTINGS) {
  const { checks: told, score } = scoredTogether(checks, settings);
  const verdicts = new Set(told.map(({ verdict }) => verdict).filter((verdict) => verdict !== 'undecided'));
  return [[...verdicts].join() || 'undecided', score?.score, score?.classification];
}

describe('a score', () => {
  test.each([
    [
      'above marginal decides nothing before the end',
      all(['Pass', 'Pass', 'High', 'Pass']),
      ['undecided', 75, 'Marginal'],
    ],
    ['not above marginal is bad at once', all(['Pass', 'High']), ['bad', 50, 'Marginal']],
    ['from pass on is good at the end', all(['Pass', 'Pass'], AT_THE_END), ['good', 100, 'Pass']],
    ['from pass on is not yet good before', all(['Pass', 'Pass']), ['undecided', 100, 'Pass']],
    [
      'below pass is bad at the end',
      all(['Pass', 'Pass', 'High', 'Pass'], AT_THE_END),
      ['bad', 75, 'Marginal'],
    ],
    ['waits until every check was judged', all(['Pass', undefined]), ['undecided', undefined, undefined]],
    [
      'is 0 when a critical check fails',
      [...all(['Pass', 'Pass', 'Pass']), judged('z', 'High', { critical: true })],
      ['bad', 0, 'Fail'],
    ],
    [
      'does not count muted checks',
      [...all(['Pass'], AT_THE_END), judged('z', 'High', { muted: true, ...AT_THE_END })],
      ['good', 100, 'Pass'],
    ],
    [
      'is none when all are muted',
      all(['High', 'High'], { muted: true }),
      ['undecided', undefined, undefined],
    ],
    ['that is low for want of data holds', all(['Pass', 'Nodata']), ['invalid', 0, 'Fail']],
    [
      'that is low for want of data holds at the end too',
      all(['Nodata', 'Nodata'], AT_THE_END),
      ['invalid', 0, 'Fail'],
    ],
    ['that is low besides is bad', all(['High', 'Nodata']), ['bad', 0, 'Fail']],
    ['that must have data is bad without', all(['NodataFailMetric', 'Pass']), ['bad', 50, 'Marginal']],
    [
      'of a critical check without data holds',
      [judged('z', 'Nodata', { critical: true }), ...all(['Pass', 'Pass'])],
      ['invalid', 0, 'Fail'],
    ],
    ['does not count an error', all(['Error', 'Pass'], AT_THE_END), ['good', 100, 'Pass']],
    ['of errors alone promotes nobody', all(['Error', 'Error'], AT_THE_END), ['invalid', 100, 'Pass']],
  ] as const)('%s', (...[, checks, expected]) => {
    expect(outcome(checks)).toEqual(expected);
  });

  test('weighs groups, and puts checks of no group into one more', () => {
    const groups = [
      { name: 'users', weight: 60, checks: ['a'] },
      { name: 'machines', weight: 30, checks: ['b', 'c'] },
    ];
    const checks = all(['Pass', 'High', 'Pass', 'High']);
    expect(outcome(checks, { ...SETTINGS, groups })).toEqual(['undecided', 75, 'Marginal']);
  });

  test('gives a verdict with its numbers to the check that tells most', () => {
    const checks = [judged('a', 'Pass'), judged('b', 'High'), judged('c', 'Low', { critical: true })];
    const { checks: told, score } = scoredTogether(checks, SETTINGS);
    expect(told.map(({ verdict }) => verdict)).toEqual(['undecided', 'undecided', 'bad']);
    expect(told[2]?.reason).toBe(
      'score 0 after 60s of 10m, 95 passes and 50 or less fails at once; c is Low',
    );
    expect(score).toEqual({ score: 0, classification: 'Fail', reason: 'Canary Failed: c is Low' });
  });

  test('leaves the other judges alone', () => {
    const other: CheckJudgement = { name: 'errors', verdict: 'undecided', reason: 'errors', samples: 1 };
    const { checks } = scoredTogether([other, ...all(['Pass'], AT_THE_END)], SETTINGS);
    expect(checks.map(({ verdict }) => verdict)).toEqual(['undecided', 'good']);
    expect(scoredTogether([other], SETTINGS)).toEqual({ checks: [other] });
    expect(scoredTogether([other], undefined)).toEqual({ checks: [other] });
  });
});
