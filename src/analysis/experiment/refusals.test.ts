import { describe, expect, it } from 'vitest';
import { Failure } from '../../base/failure.ts';
import type { ExperimentAnswer } from './answer.ts';
import { judgeExperiment } from './experiment.ts';

const LOW = [10, 11, 9, 10, 12, 10, 9, 11, 10, 10];

function judge(control: unknown, candidate: unknown, options: object): ExperimentAnswer {
  return judgeExperiment({ control, candidate, options });
}

describe('data that cannot be judged', () => {
  const ok = { n: 50, mean: 1, variance: 2 };
  const counts = { successes: 5, trials: 50 };
  const sums = { n: 5, sumX: 15, sumY: 20, sumXX: 55, sumYY: 90, sumXY: 70 };
  const huge = Array.from({ length: 10 }, (_, index) => (index % 2 === 0 ? 1e308 : -1e308));

  it.each([
    ['no control', 'welch', undefined, LOW, 'undecided', 'the control has no data'],
    ['no candidate', 'welch', LOW, [], 'undecided', 'the candidate has no data'],
    ['null in place of an arm', 'welch', null, LOW, 'undecided', 'the control has no data'],
    ['one value', 'welch', [1], LOW, 'undecided', 'the control has only one value, and so no variance'],
    ['NaN', 'welch', LOW, [1, NaN, 3], 'invalid', 'candidate[1] is not a number'],
    ['null among values', 'welch', LOW, [1, null, 3], 'invalid', 'candidate[1] is not a number'],
    ['infinity', 'welch', LOW, [1, Infinity], 'invalid', 'candidate[1] is not a number'],
    [
      'a mean that is not a number',
      'welch',
      ok,
      { ...ok, mean: NaN },
      'invalid',
      'candidate.mean is not a number',
    ],
    [
      'a negative variance',
      'welch',
      ok,
      { ...ok, variance: -1 },
      'invalid',
      'candidate.variance is negative',
    ],
    ['a negative count', 'welch', ok, { ...ok, n: -5 }, 'invalid', 'candidate.n is negative'],
    ['half a unit', 'welch', ok, { ...ok, n: 5.5 }, 'invalid', 'candidate.n is not a whole number'],
    [
      'a count beyond counting',
      'welch',
      ok,
      { ...ok, n: 1e300 },
      'invalid',
      'candidate.n is too large to be a count',
    ],
    ['no units', 'welch', ok, { ...ok, n: 0 }, 'undecided', 'the candidate has no data'],
    ['invalid before missing', 'welch', [], [NaN], 'invalid', 'candidate[0] is not a number'],
    ['no variance', 'welch', [1, 1, 1], [2, 2], 'undecided', 'no value differs from the others in its arm'],
    ['huge values', 'welch', huge, LOW, 'invalid', 'the values are too large, or too small, to compute with'],
    [
      'more successes than trials',
      'proportions',
      counts,
      { successes: 6, trials: 5 },
      'invalid',
      'more successes than trials',
    ],
    [
      'a negative number of successes',
      'fisher',
      counts,
      { successes: -1, trials: 5 },
      'invalid',
      'candidate.successes is negative',
    ],
    ['no trials', 'fisher', counts, { successes: 0, trials: 0 }, 'undecided', 'the candidate has no data'],
    [
      'no successes at all',
      'proportions',
      { successes: 0, trials: 9 },
      { successes: 0, trials: 8 },
      'undecided',
      'no value differs',
    ],
    ['something between 0 and 1', 'fisher', [0, 1], [0.5], 'invalid', 'candidate[0] is 0.5, not 0 or 1'],
    [
      'few successes',
      'proportions',
      { successes: 0, trials: 20 },
      { successes: 6, trials: 20 },
      'undecided',
      'use the test "fisher"',
    ],
    ['a table with one outcome', 'chiSquared', [5, 0], [7, 0], 'undecided', 'all units had the same outcome'],
    [
      'tables of different size',
      'chiSquared',
      [5, 1],
      [7, 2, 1],
      'invalid',
      'the control has 2 outcomes and the candidate 3',
    ],
    ['an empty row', 'chiSquared', [5, 1], [0, 0], 'undecided', 'the candidate has no data'],
    ['a negative cell', 'chiSquared', [5, 1], [7, -2], 'invalid', 'candidate[1] is negative'],
    ['a small table', 'chiSquared', [3, 1, 0], [0, 1, 4], 'undecided', 'join rare outcomes'],
    [
      'columns of different length',
      'cuped',
      { x: [1], y: [1, 2] },
      sums,
      'invalid',
      'control has 1 values of x and 2 of y',
    ],
    [
      'null in a column',
      'cuped',
      { x: [1, null], y: [1, 2] },
      sums,
      'invalid',
      'control.x[1] is not a number',
    ],
    [
      'sums of no values',
      'ratio',
      sums,
      { ...sums, sumXX: 1 },
      'invalid',
      'the sums of the candidate cannot be of any values',
    ],
    [
      'a denominator of 0',
      'ratio',
      { x: [0, 0], y: [1, 2] },
      sums,
      'undecided',
      'the denominator of the ratio is 0',
    ],
    ['a missing count', 'sampleRatio', 100, null, 'invalid', '0 % of the units, 50 % were planned'],
    [
      'a negative count of units',
      'sampleRatio',
      100,
      -1,
      'invalid',
      'an arm does not say how many units it has',
    ],
  ] as const)('%s (%s)', (...row) => {
    const [, test, control, candidate, verdict, reason] = row;
    const answer = judge(control, candidate, { test });
    expect(answer).toMatchObject({ verdict });
    expect(answer.reason).toContain(reason);
  });

  it.each([
    ['none', [], 'undecided'],
    ['one that is not a number', [0.1, null], 'invalid'],
    ['one above 1', [0.1, 1.1], 'invalid'],
  ])('p-values: %s', (_, pValues, verdict) => {
    expect(judgeExperiment({ options: { test: 'adjust', pValues } }).verdict).toBe(verdict);
  });

  it('a control of 0, when shares of it are asked for', () => {
    const answer = judge({ ...ok, mean: 0 }, ok, { test: 'welch', relative: true });
    expect(answer).toMatchObject({ verdict: 'undecided' });
  });

  it('is judged where only one arm varies, or none does but the shares differ', () => {
    expect(judge([1, 1, 1, 1], [2, 2.1, 2.2, 2], { test: 'welch' }).verdict).toBe('good');
    const certain = judge(
      { successes: 0, trials: 50 },
      { successes: 50, trials: 50 },
      { test: 'proportions' },
    );
    expect(certain).toMatchObject({ verdict: 'good', estimate: 1 });
    expect(certain.interval![0]).toBeLessThan(1);
  });
});

describe('options that are wrong', () => {
  const data = { control: LOW, candidate: LOW };

  it.each([
    [{ test: 'welsh' }, 'options.test', 'not one of its words', 'did you mean welch?'],
    [{}, 'options.test', 'is required', undefined],
    [{ test: 'welch', alpa: 0.1 }, 'options.alpa', 'unknown field', 'did you mean alpha?'],
    [{ test: 'welch', alpha: 0.9 }, 'options.alpha', 'must be at most 0.5', undefined],
    [{ test: 'welch', alpha: 0 }, 'options.alpha', 'must be more than 0', undefined],
    [{ test: 'welch', alpha: NaN }, 'options.alpha', 'must be a number', undefined],
    [{ test: 'welch', alternative: 'up' }, 'options.alternative', 'not one of its words', undefined],
    [{ test: 'welch', margin: -1 }, 'options.margin', 'must be more than 0', undefined],
    [{ test: 'welch', goal: 'same', margin: 1 }, 'options.margin', 'needs a direction', undefined],
    [{ test: 'fisher', margin: 1 }, 'options.margin', 'unknown field', undefined],
    [
      { test: 'welch', allocation: { control: 1, candidate: 0 } },
      'options.allocation.candidate',
      'more than 0',
      undefined,
    ],
    [{ test: 'groupSequential' }, 'options', 'needs one schedule: fractions or looks/look', undefined],
    [{ test: 'groupSequential', looks: 5 }, 'options.look', 'is required beside looks', undefined],
    [{ test: 'groupSequential', looks: 5, look: 6 }, 'options.look', 'only 5 looks are planned', undefined],
    [
      { test: 'groupSequential', fractions: [0.5, 0.4] },
      'options.fractions[1]',
      'more than the one before',
      undefined,
    ],
    [{ test: 'groupSequential', fractions: [0.5], looks: 2 }, 'options', 'more than one schedule', undefined],
    [{ test: 'groupSequential', fractions: [0.5], rho: 2 }, 'options.rho', 'spending: power', undefined],
    [{ test: 'asymptotic', minimumSamples: 10 }, 'options.minimumSamples', 'must be at least 100', undefined],
    [
      { test: 'proportions', interval: 'newcombe', relative: true },
      'options.interval',
      'of the difference',
      undefined,
    ],
    [{ test: 'adjust' }, 'options.pValues', 'is required', undefined],
    [{ test: 'adjust', pValues: ['a'] }, 'options.pValues[0]', 'must be a number', undefined],
    [
      { test: 'plan', measure: 'mean', minimumEffect: 1 },
      'options.variance',
      'is required for means',
      undefined,
    ],
    [
      { test: 'plan', measure: 'proportion', minimumEffect: 1 },
      'options.baseline',
      'between 0 and 1',
      undefined,
    ],
    [{ test: 'plan', measure: 'mean', variance: 1 }, 'options', 'needs one question', undefined],
  ] as const)('%j is refused with the path', (...row) => {
    const [options, path, reason, hint] = row;
    const failure = failureOf(() => judgeExperiment({ ...data, options }));
    expect(failure.code).toBe('usage');
    expect(failure.problems[0]).toMatchObject({ path, reason: expect.stringContaining(reason) as string });
    expect(failure.message).toContain(path);
    expect(failure.hint).toBeDefined();
    if (hint !== undefined) expect(failure.hint).toBe(hint);
  });

  it.each([
    ['a text among values', { control: [1, 2, '3'], candidate: [1] }, 'welch', 'control[2]'],
    ['a text in a column', { control: { x: [1], y: ['2'] }, candidate: null }, 'ratio', 'control.y[0]'],
    ['a text for a summary', { control: 'many', candidate: [1] }, 'welch', 'control'],
    [
      'a summary of another kind',
      { control: { successes: 1, trials: 2 }, candidate: LOW },
      'welch',
      'control.successes',
    ],
    [
      'a summary that lacks a field',
      { control: { n: 1, mean: 2 }, candidate: LOW },
      'welch',
      'control.variance',
    ],
    ['values where pairs are needed', { control: LOW, candidate: LOW }, 'cuped', 'control'],
  ] as const)('data of the wrong form are refused with the path: %s', (...row) => {
    const [, arms, test, path] = row;
    const failure = failureOf(() => judgeExperiment({ ...arms, options: { test } }));
    expect(failure.code).toBe('usage');
    expect(failure.problems[0]?.path).toBe(path);
  });

  it.each([undefined, null, 5, 'text', [], {}])('a request that is %j is refused', (request) => {
    expect(failureOf(() => judgeExperiment(request)).code).toBe('usage');
  });
});

function failureOf(act: () => unknown): Failure {
  try {
    act();
  } catch (thrown) {
    if (thrown instanceof Failure) return thrown;
    throw thrown;
  }
  throw new Error('nothing was refused');
}
