import { describe, expect, test } from 'vitest';
import type { FailureLimits, ThresholdSettings } from '../../rollout/model.ts';
import type { Sample } from '../measurement.ts';
import { checkOf, judgedBy, values, type Rules } from '../testing/limits.ts';
import { gauge, MISSING, VALUE } from '../testing/samples.ts';
import type { CheckWith } from './judge.ts';

/** Ten percent is a failure, two percent is not. Flagger counts failed checks over the whole run. */
describe('as in Flagger', () => {
  const flagger = (threshold: number, rules: Rules = { min: 0.95 }): CheckWith<ThresholdSettings> =>
    checkOf({ noValue: 'fail', ...rules, failures: { limit: threshold - 1, consecutive: false } }, VALUE);

  test.each([
    ['as many failed checks as the threshold roll back', 3, [0.9, 0.9, 0.9], 'bad'],
    ['fewer do not', 3, [0.9, 0.9, 0.99], 'undecided'],
    ['a good check takes no failed one back', 3, [0.9, 0.99, 0.9, 0.99, 0.9], 'bad'],
    ['the range is inclusive', 1, [0.95, 0.95], 'undecided'],
    ['what Prometheus calls NaN is no value', 2, [NaN, NaN], 'bad'],
  ] as const)('%s', (...[, threshold, measured, verdict]) => {
    expect(judgedBy(flagger(threshold), values(...measured)).verdict).toBe(verdict);
  });

  test('a query without a result is a failed check, and so is a metric server that is down', () => {
    expect(judgedBy(flagger(2), [[gauge({})], [MISSING]]).verdict).toBe('bad');
  });

  test('a range has two ends', () => {
    const range = flagger(1, { min: 1, max: 5 });
    expect([0.5, 1, 5, 5.5].map((value) => judgedBy(range, values(value)).verdict)).toEqual([
      'bad',
      'undecided',
      'undecided',
      'bad',
    ]);
  });
});

describe('as in Argo Rollouts', () => {
  const SUCCESS = { condition: 'result >= 0.95' };
  const FAILURE = { failWhen: 'result < 0.90' };
  const argo = (rules: Rules, failures: Partial<FailureLimits> = {}): CheckWith<ThresholdSettings> =>
    checkOf(
      {
        noValue: 'error',
        ...rules,
        failures: { limit: 0, consecutive: false, inconclusive: 0, errors: 4, ...failures },
      },
      VALUE,
    );

  test.each([
    ['only success: not true is a failure', SUCCESS, 0.93, 'bad'],
    ['only success: true is one', SUCCESS, 0.96, 'undecided'],
    ['only failure: true is one', FAILURE, 0.89, 'bad'],
    ['only failure: not true is a success', FAILURE, 0.93, 'undecided'],
    ['both: success', { ...SUCCESS, ...FAILURE }, 0.96, 'undecided'],
    ['both: failure', { ...SUCCESS, ...FAILURE }, 0.89, 'bad'],
    ['both: neither is inconclusive, which pauses', { ...SUCCESS, ...FAILURE }, 0.93, 'invalid'],
    ['failure beats success', { condition: 'result > 0', failWhen: 'result > 0' }, 1, 'bad'],
    ['NaN: only success', SUCCESS, NaN, 'bad'],
    ['NaN: only failure', FAILURE, NaN, 'undecided'],
    ['NaN: both are inconclusive', { ...SUCCESS, ...FAILURE }, NaN, 'invalid'],
    ['infinity compares as a number', { failWhen: 'result > 5' }, Infinity, 'bad'],
    ['a list of one series', { condition: 'result[0] >= 0.95' }, 0.93, 'bad'],
    ['a guarded list', { condition: 'len(result) == 0 || result[0] >= 0.95' }, 0.96, 'undecided'],
  ] as const)('%s', (...[, rules, value, verdict]) => {
    expect(judgedBy(argo(rules), values(value)).verdict).toBe(verdict);
  });

  test.each([
    ['failureLimit: 3', { limit: 3 }, [0.9, 0.9, 0.9], 'undecided'],
    ['failureLimit: 3, and one more', { limit: 3 }, [0.9, 0.9, 0.96, 0.9, 0.9], 'bad'],
    ['inconclusiveLimit: 2', { inconclusive: 2 }, [0.93, 0.93], 'undecided'],
    ['inconclusiveLimit: 2, and one more', { inconclusive: 2 }, [0.93, 0.96, 0.93, 0.93], 'invalid'],
  ] as const)('%s', (...[, failures, measured, verdict]) => {
    const check = argo({ condition: 'result >= 0.95', failWhen: 'result <= 0.90' }, failures);
    expect(judgedBy(check, values(...measured)).verdict).toBe(verdict);
  });

  test.each([
    ['four errors in a row are endured', 4, [], 'undecided'],
    ['five are not', 5, [], 'bad'],
    ['any measurement ends the row', 4, [gauge({ '': 0.96 }), MISSING], 'undecided'],
  ] as const)('%s', (...[, errors, then, verdict]) => {
    const samples: readonly Sample[] = [...Array.from({ length: errors }, () => MISSING), ...then];
    expect(
      judgedBy(
        argo(SUCCESS),
        samples.map((sample) => [sample]),
      ).verdict,
    ).toBe(verdict);
  });

  test('an empty vector is an error', () => {
    const empty = Array.from({ length: 5 }, () => [gauge({})]);
    expect(judgedBy(argo(SUCCESS), empty)).toMatchObject({
      verdict: 'bad',
      reason: expect.stringMatching('no value') as string,
    });
  });

  test('an expression that cannot be evaluated is an error, and errors not limited decide nothing', () => {
    const windows = Array.from({ length: 9 }, () => [gauge({ '': 1 })]);
    expect(judgedBy(argo({ condition: 'result[3] > 1' }), windows).verdict).toBe('bad');
    expect(judgedBy(checkOf({ condition: 'result[3] > 1' }, VALUE), windows).verdict).toBe('undecided');
  });
});
