import { describe, expect, test } from 'vitest';
import type { Metric, ThresholdSettings } from '../../rollout/model.ts';
import type { CheckJudgement } from '../judgement.ts';
import type { TrackCounters } from '../measurement.ts';
import type { CheckWith } from './judge.ts';
import { threshold } from './threshold.ts';

const LIMIT: ThresholdSettings = {
  kind: 'threshold',
  max: 0.05,
  everyMs: 10_000,
  failures: { limit: 1, consecutive: false },
};

function checkOf(
  settings: Partial<ThresholdSettings> = {},
  metric: Metric = { kind: 'errors' },
): CheckWith<ThresholdSettings> {
  return { name: 'limit', metric, judge: { ...LIMIT, ...settings }, weight: 1 };
}

/** One window per entry: the percentage of 100 requests that fail; undefined for no requests. */
function judged(
  check: CheckWith<ThresholdSettings>,
  windows: readonly (number | undefined)[],
): CheckJudgement {
  const counters = (errors: number | undefined): TrackCounters =>
    errors === undefined
      ? { requests: 0, errors: 0, latency: [] }
      : { requests: 50, errors: errors / 2, latency: [[200 + errors, 50]] };
  let state = threshold.start(1);
  for (const errors of windows) {
    for (const ms of [4_000, 6_000]) {
      state = threshold.add(check, state, { ms, candidate: counters(errors), control: counters(2) });
    }
  }
  return threshold.judgement(check, state, 0);
}

describe('a threshold', () => {
  test.each([
    ['more failures than the limit are bad', checkOf(), [10, 2, 10], 'bad'],
    ['as many failures as the limit are not', checkOf(), [10, 2, 2], 'undecided'],
    [
      'failures apart are not in a row',
      checkOf({ failures: { limit: 1, consecutive: true } }),
      [10, 2, 10],
      'undecided',
    ],
    ['failures in a row are', checkOf({ failures: { limit: 1, consecutive: true } }), [2, 10, 10], 'bad'],
    [
      'a window without requests does not end a row',
      checkOf({ failures: { limit: 1, consecutive: true } }),
      [10, undefined, 10],
      'bad',
    ],
    [
      'no requests are no failure',
      checkOf({ failures: { limit: 0, consecutive: false } }),
      [undefined, undefined],
      'undecided',
    ],
    ['the limit itself is allowed', checkOf({ max: 0.1 }), [10, 10, 10], 'undecided'],
  ] as const)('%s', (...[, check, windows, verdict]) => {
    expect(judged(check, windows).verdict).toBe(verdict);
  });

  test('may be a least value', () => {
    const { max: _, ...rest } = LIMIT;
    const check: CheckWith<ThresholdSettings> = {
      ...checkOf(),
      judge: { ...rest, min: 0.05, failures: { limit: 0, consecutive: false } },
    };
    expect(judged(check, [2]).verdict).toBe('bad');
    expect(judged(check, [20]).verdict).toBe('undecided');
  });

  test('measures a quantile of latency, the 99th percentile by default', () => {
    const check = checkOf({ max: 79 }, { kind: 'latency' });
    expect(judged(check, [40, 40])).toMatchObject({
      verdict: 'bad',
      candidate: 2 ** (240 / 32),
      control: 2 ** (202 / 32),
    });
    expect(judged(check, [2, 2]).verdict).toBe('bad');
    expect(judged(checkOf({ max: 80 }, { kind: 'latency' }), [2, 2]).verdict).toBe('undecided');
  });

  test('says nothing before the first window is full, then what it measured', () => {
    expect(judged(checkOf(), [])).toEqual({
      name: 'limit',
      verdict: 'undecided',
      reason: 'limit: nothing measured yet',
      samples: 0,
    });
    expect(judged(checkOf(), [10])).toMatchObject({
      reason: 'limit: 10 % where at most 5 % is allowed; 1 of 1 measurement failed, 1 may',
      candidate: 0.1,
      control: 0.02,
      samples: 100,
    });
  });

  test('goes on with its failures in the next step, with new samples', () => {
    const check = checkOf();
    const failing = {
      ms: 10_000,
      candidate: { requests: 10, errors: 5, latency: [] },
      control: { requests: 1, errors: 0, latency: [] },
    };
    const state = threshold.beginStep(check, threshold.add(check, threshold.start(2), failing));
    const after = threshold.judgement(check, threshold.add(check, state, failing), 0);
    expect(after).toMatchObject({ verdict: 'bad', samples: 10 });
  });
});
