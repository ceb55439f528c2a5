import { describe, expect, it } from 'vitest';
import { readCanaryConfig } from './canary-config.ts';
import { kayentaResult } from './kayenta-result.ts';
import { judgeCanaryRun, type TimedSeries } from './run.ts';
import { judgeWindow } from './window.ts';

const CONFIG = readCanaryConfig({
  metrics: [
    {
      name: 'errors',
      groups: ['reliability'],
      analysisConfigurations: { canary: { direction: 'increase' } },
    },
    { name: 'latency', groups: ['speed'], analysisConfigurations: { canary: { direction: 'increase' } } },
    { name: 'cpu', groups: ['speed'], analysisConfigurations: { canary: { muted: true } } },
  ],
  classifier: { groupWeights: { reliability: 60 }, scoreThresholds: { pass: 90, marginal: 50 } },
});
const QUIET = [3, 5, 4, 6, 5, 4, 3, 5, 6, 4];
const LOUD = QUIET.map((value) => value * 10 + 1);

describe('one window', () => {
  const judgement = judgeWindow(CONFIG, [
    { name: 'errors', control: QUIET, candidate: QUIET },
    { name: 'latency', tags: { zone: 'a' }, control: QUIET, candidate: LOUD },
    { name: 'cpu', control: QUIET, candidate: LOUD },
  ]);

  it('has a label for each pair, the score of each group, and one score', () => {
    expect(judgement.results.map(({ name, label, muted }) => [name, label, muted])).toEqual([
      ['errors', 'Pass', false],
      ['latency', 'High', false],
      ['cpu', 'High', true],
    ]);
    expect(judgement.groupScores).toEqual([
      { name: 'reliability', score: 100, noData: false },
      { name: 'speed', score: 0, noData: false },
    ]);
    expect(judgement.score).toEqual({ score: 60, classification: 'Marginal', reason: '' });
  });

  it('can be written as Kayenta writes it', () => {
    const written = kayentaResult(judgement);
    expect(written).toMatchObject({
      judgeName: 'NetflixACAJudge-v1.0',
      groupScores: [{ name: 'reliability', score: 100, classification: '', classificationReason: '' }, {}],
      score: { score: 60, classification: 'Marginal', classificationReason: '' },
    });
    expect(written.results[1]).toMatchObject({
      name: 'latency',
      tags: { zone: 'a' },
      classification: 'High',
      groups: ['speed'],
      experimentMetadata: { stats: { count: 10, min: 31, max: 61 } },
      controlMetadata: { stats: { count: 10, min: 3, max: 6 } },
      critical: false,
      muted: false,
    });
    const silent = judgeWindow(CONFIG, [{ name: 'errors', control: [0], candidate: [0, 2] }]);
    expect(kayentaResult(silent).results[0]?.resultMetadata).toEqual({ ratio: 'NaN' });
    expect(new Set(written.results.map(({ id }) => id)).size).toBe(3);
  });

  it('refuses a pair that the config does not know', () => {
    const judge = () => judgeWindow(CONFIG, [{ name: 'memory', control: [], candidate: [] }]);
    expect(judge).toThrow('pairs[0].name: the canary config has no metric "memory"');
  });
});

describe('a whole canary in retrospect', () => {
  const START = Date.UTC(2026, 0, 1);
  const schedule = { startMs: START, endMs: START + 60 * 60_000, intervalMinutes: 20 };
  const series = (name: string, valueAt: (minute: number) => number, offset = 0): TimedSeries => ({
    name,
    points: Array.from({ length: 60 }, (_, i) => [START + (i - offset) * 60_000, valueAt(i)] as const),
  });
  const noisy = (minute: number) => 10 + ((minute * 7) % 5);
  const steady = ['errors', 'latency', 'cpu'].map((name) => series(name, noisy));
  const withLatency = (valueAt: (minute: number) => number) =>
    steady.map((one) => (one.name === 'latency' ? series('latency', valueAt) : one));

  it('passes when the last score does', () => {
    const run = judgeCanaryRun({ config: CONFIG, schedule, control: steady, candidate: steady });
    expect(run.judgements.map(({ score }) => score.score)).toEqual([100, 100, 100]);
    expect(run.judgements.map(({ results }) => results[0]?.control.count)).toEqual([20, 40, 60]);
    expect(run).toMatchObject({
      passed: true,
      message: 'Final canary score 100.0 met or exceeded the pass score threshold.',
      warnings: [],
    });
  });

  it('goes on at a score above marginal, and fails when the last one is not enough', () => {
    const candidate = withLatency((minute) => noisy(minute) + (minute < 20 ? 0 : 30));
    const sliding = { ...schedule, lookbackMinutes: 20 };
    const run = judgeCanaryRun({ config: CONFIG, schedule: sliding, control: steady, candidate });
    expect(run.judgements.map(({ score }) => score.score)).toEqual([100, 60, 60]);
    expect(run).toMatchObject({
      passed: false,
      message: 'Final canary score 60.0 is below the pass score threshold.',
    });
  });

  it('ends at once at a score that is not above marginal, and warns of few values', () => {
    const candidate = steady.map(({ name }) => series(name, (minute) => noisy(minute) + 30));
    const run = judgeCanaryRun({ config: CONFIG, schedule, control: steady, candidate });
    expect(run.judgements.map(({ score }) => score.score)).toEqual([0]);
    expect(run.message).toBe('Final canary score 0.0 is not above the marginal score threshold.');
    expect(run.warnings).toEqual([
      'fewer than 50 baseline values, too few to trust: errors (20), latency (20), cpu (20)',
    ]);
  });

  it('compares with what the control was an hour before, when asked to', () => {
    const before = ['errors', 'latency', 'cpu'].map((name) => series(name, noisy, 60));
    const offset = { ...schedule, controlOffsetMinutes: 60 };
    const run = judgeCanaryRun({ config: CONFIG, schedule: offset, control: before, candidate: steady });
    expect(run).toMatchObject({ passed: true, warnings: [] });
    const without = judgeCanaryRun({ config: CONFIG, schedule, control: before, candidate: steady });
    expect(without.judgements[0]?.results[0]?.label).toBe('Nodata');
    expect(without.passed).toBe(false);
  });

  it('pairs series by their tags', () => {
    const tagged = (zone: string) => steady.map((one) => ({ ...one, tags: { zone } }));
    const both = [...tagged('a'), ...tagged('b')];
    const run = judgeCanaryRun({ config: CONFIG, schedule, control: both, candidate: both });
    expect(run.judgements[0]?.results.map(({ name, tags }) => `${name} ${tags['zone'] ?? ''}`)).toEqual([
      'errors a',
      'errors b',
      'latency a',
      'latency b',
      'cpu a',
      'cpu b',
    ]);
  });

  it('refuses a run that lacks a metric', () => {
    const run = () =>
      judgeCanaryRun({ config: CONFIG, schedule, control: steady, candidate: steady.slice(1) });
    expect(run).toThrow('errors cannot be judged: the canary has no series of it');
  });
});
