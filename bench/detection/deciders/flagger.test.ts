import { describe, expect, it } from 'vitest';
import { FLAGGER_START, flaggerLoop, flaggerMetrics, type FlaggerRun } from './flagger.ts';

const SETTINGS = {
  intervalSeconds: 60,
  threshold: 3,
  checksToPromote: 4,
  window: 6,
  minSuccessPercent: 99,
  maxP99Ms: 500,
} as const;
const GOOD = [{ value: 100, min: 99 }];
const BAD = [{ value: 98.99, min: 99 }];

/** `g` and `b`: a good and a bad check; the phase after each. */
function phases(checks: string, threshold: number = SETTINGS.threshold): readonly FlaggerRun['phase'][] {
  let run = FLAGGER_START;
  return checks.split('').map((check) => {
    run = flaggerLoop(run, { threshold, checksToPromote: 4 }, check === 'g' ? GOOD : BAD);
    return run.phase;
  });
}

describe('failed checks', () => {
  it('add up over the run, and cause a rollback one loop after the last', () => {
    expect(phases('bbbg')).toEqual(['Progressing', 'Progressing', 'Progressing', 'Failed']);
  });

  it('are not taken back by good checks', () => {
    expect(phases('bgbgbg').at(-1)).toBe('Failed');
  });

  it('do not keep a canary from promotion that passes often enough before there are too many', () => {
    expect(phases('gbgbgg').at(-1)).toBe('Promoting');
  });

  it.each([0, -1, 1])('with a threshold of %d: one is enough', (threshold) => {
    expect(phases('bg', threshold)).toEqual(['Progressing', 'Failed']);
  });
});

describe('a metric', () => {
  it.each([
    ['at its minimum', [{ value: 99, min: 99 }], 0],
    ['at its maximum', [{ value: 500, max: 500 }], 0],
    ['above its maximum', [{ value: 501, max: 500 }], 1],
    ['without a value', [{ value: undefined, min: 99 }], 1],
    ['that fails after one that passes', [...GOOD, ...BAD], 1],
    ['that fails beside another that fails: still one check', [...BAD, ...BAD], 1],
  ])('%s', (_, metrics, failedChecks) => {
    expect(flaggerLoop(FLAGGER_START, SETTINGS, metrics).failedChecks).toBe(failedChecks);
  });

  it('has no value without samples and without requests', () => {
    const silent = { requests: 0, errors: 0, median: NaN, p99: NaN };
    for (const reading of [undefined, silent])
      expect(flaggerMetrics(reading, SETTINGS).map(({ value }) => value)).toEqual([undefined, undefined]);
  });

  it('is the success rate in percent, and the duration in whole milliseconds', () => {
    const reading = { requests: 200, errors: 3, median: 80, p99: 500.9 };
    expect(flaggerMetrics(reading, SETTINGS).map(({ value }) => value)).toEqual([98.5, 500]);
  });
});
