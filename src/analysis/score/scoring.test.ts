import { describe, expect, it } from 'vitest';
import type { Label } from './label.ts';
import { scoreResults, type GroupWeights, type ScoredMetric } from './scoring.ts';

const THRESHOLDS = { pass: 95, marginal: 75 };

function metric(
  label: Label,
  group: string | readonly string[],
  more: Partial<ScoredMetric> = {},
): ScoredMetric {
  const groups = typeof group === 'string' ? [group] : group;
  return { groups, label, critical: false, muted: false, reason: `it is ${label}`, ...more };
}

const scoreOf = (metrics: readonly ScoredMetric[], weights: GroupWeights = {}) =>
  scoreResults(metrics, weights, THRESHOLDS).score.score;

describe('the score of a canary', () => {
  // Cases of Kayenta's ScorerSuite with its expected scores.
  const rows: readonly (readonly [string, readonly ScoredMetric[], GroupWeights, number])[] = [
    ['one pass', [metric('Pass', 'a')], {}, 100],
    ['one failure', [metric('High', 'a')], {}, 0],
    ['one without data', [metric('Nodata', 'a')], {}, 0],
    ['a group without data', [metric('Pass', 'a'), metric('Pass', 'a'), metric('Nodata', 'b')], {}, 100],
    ['half of a group', [metric('Pass', 'a'), metric('High', 'a')], {}, 50],
    ['a third of a group', [metric('Pass', 'a'), metric('High', 'a'), metric('Low', 'a')], {}, 33.33],
    [
      'weighted groups',
      [metric('Pass', 'a'), metric('Pass', 'a'), metric('High', 'b')],
      { a: 75, b: 25 },
      75,
    ],
    [
      'groups of equal weight',
      [metric('Pass', 'a'), metric('High', 'a'), metric('High', 'b')],
      { a: 50, b: 50 },
      25,
    ],
    [
      'without data in a group with data',
      [metric('Pass', 'a'), metric('Nodata', 'a'), metric('High', 'b')],
      { a: 50, b: 50 },
      50,
    ],
    ['a critical failure', [metric('Pass', 'a'), metric('High', 'a', { critical: true })], {}, 0],
    ['a critical pass', [metric('Low', 'a'), metric('Pass', 'a', { critical: true })], {}, 50],
    ['critical without data', [metric('Pass', 'a'), metric('Nodata', 'a', { critical: true })], {}, 0],
    [
      'unequal groups',
      [metric('High', 'a'), metric('Low', 'a'), metric('Pass', 'a'), metric('High', 'b')],
      { a: 15, b: 85 },
      5,
    ],
  ];
  it.each(rows)('with %s', (...[, metrics, weights, expected]) => {
    expect(scoreOf(metrics, weights)).toBe(expected);
  });

  it('passes a canary of which one metric in a group of two has failed', () => {
    const metrics = [metric('Pass', 'a'), metric('High', 'a'), metric('Pass', 'b')];
    const { score } = scoreResults(metrics, { a: 50, b: 50 }, { pass: 75, marginal: 50 });
    expect(score).toMatchObject({ score: 75, classification: 'Pass' });
  });

  it('counts a metric that had to have data as failed', () => {
    expect(scoreOf([metric('Pass', 'a'), metric('NodataFailMetric', 'a')])).toBe(50);
  });

  it('does not count errors, in the groups or towards too many without data', () => {
    expect(scoreOf([metric('Pass', 'a'), metric('Error', 'a'), metric('Error', 'b')])).toBe(100);
  });

  it('is 0 from half of the metrics without data on, and says so', () => {
    const { score } = scoreResults([metric('Pass', 'a'), metric('Nodata', 'a')], {}, THRESHOLDS);
    expect(score).toEqual({
      score: 0,
      classification: 'Fail',
      reason: 'Canary Failed: 50% or more metrics returned NODATA',
    });
  });

  it('names the first critical failure', () => {
    const { score } = scoreResults([metric('Low', 'a', { critical: true })], { a: 100 }, THRESHOLDS);
    expect(score).toEqual({ score: 0, classification: 'Fail', reason: 'Canary Failed: it is Low' });
  });

  it('leaves muted metrics out, critical ones too, and is 0 when nothing is left', () => {
    const muted = metric('High', 'a', { critical: true, muted: true });
    expect(scoreOf([metric('Pass', 'a'), muted])).toBe(100);
    expect(scoreResults([muted], {}, THRESHOLDS)).toEqual({
      groupScores: [],
      score: { score: 0, classification: 'Fail', reason: '' },
    });
  });

  it('lets groups without a weight share what the others leave, whether these occur or not', () => {
    const metrics = [metric('Pass', 'a'), metric('Pass', 'b'), metric('High', 'c')];
    expect(scoreOf(metrics, { a: 40 })).toBe(70);
    expect(scoreOf(metrics, { a: 40, absent: 20 })).toBe(60);
    expect(scoreOf([metric('Pass', 'a')], { a: 40, absent: 60 })).toBe(40);
  });

  it('does not make weights sum to 100', () => {
    expect(scoreOf([metric('Pass', 'a')], { a: 250 })).toBe(250);
    expect(scoreOf([metric('Pass', 'a'), metric('Pass', 'b')], { a: 150 })).toBe(100);
  });

  it('counts a metric in each of its groups', () => {
    const { groupScores } = scoreResults([metric('High', ['a', 'b']), metric('Pass', 'b')], {}, THRESHOLDS);
    expect(groupScores).toEqual([
      { name: 'a', score: 0, noData: false },
      { name: 'b', score: 50, noData: false },
    ]);
  });

  it('rounds halves up, by the digits of the number', () => {
    // 1/8 of 0.2 = 0.025, 33.335 and 66.665 are halves in decimal digits only.
    const eighth = [metric('Pass', 'a'), ...Array.from({ length: 7 }, () => metric('High', 'a'))];
    expect(scoreOf(eighth, { a: 0.2 })).toBe(0.03);
    expect(scoreOf([metric('Pass', 'a')], { a: 33.335 })).toBe(33.34);
    expect(scoreOf([metric('Pass', 'a')], { a: 1.005 })).toBe(1.01);
    expect(scoreOf([metric('Pass', 'a')], { a: -1.005 })).toBe(-1.01);
    expect(scoreOf([metric('Pass', 'a')], { a: 1e-9 })).toBe(0);
  });

  it.each([
    [100, 'Pass'],
    [95, 'Pass'],
    [94.99, 'Marginal'],
    [75, 'Marginal'],
    [74.99, 'Fail'],
  ])('of %d is called %s', (weight, classification) => {
    expect(scoreResults([metric('Pass', 'a')], { a: weight }, THRESHOLDS).score.classification).toBe(
      classification,
    );
  });

  it('knows groups by any name', () => {
    expect(scoreOf([metric('Pass', 'constructor'), metric('High', '__proto__')])).toBe(50);
  });
});
