import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkCondition, evaluateCondition } from './condition.ts';
import { LARGEST_TEXT, type ConditionValues } from './language.ts';

const VALUES: ConditionValues = {
  candidate: 0.06,
  control: 0.02,
  ratio: 3,
  samples: 200,
  units: [0.5, 3, 40],
};
const ALONE: ConditionValues = { ...VALUES, control: null, ratio: null };

describe('a condition', () => {
  test.each([
    ['candidate < 0.05', false],
    ['candidate < 0.05 || samples < 500', true],
    ['candidate <= 2 * control', false],
    ['candidate <= control * 4', true],
    ['(candidate - control) / control > 1.5', true],
    ['ratio == 3', true],
    ['control == null || candidate < control', false],
    ['units.all(x, x < 50)', true],
    ['units.exists(x, x > 50)', false],
    ['units.exists_one(x, x > 5)', true],
    ['units.filter(x, x > 1).size() == 2', true],
    ['size(units) == 3 && len(units) == units.size()', true],
    ['units[2] > 39.5', true],
    ['candidate in [0.06, 0.07]', true],
    ['candidate > 0 ? samples > 100 : samples > 1000', true],
    ['!isNaN(candidate) && !isInf(candidate) && !isNil(control)', true],
    ['asFloat(candidate) < 1 && asInt(samples) == 200', true],
  ])('%s is %s', (text, answer) => {
    expect(checkCondition(text)).toBeUndefined();
    expect(evaluateCondition(text, VALUES)).toBe(answer);
  });

  test.each([
    ['result < 0.1', true],
    ['result[0] >= 0.95', false],
    ['len(result) == 0 || result[0] < 1', true],
    ['default(result, 0) < 0.05', false],
    ['result.all(x, x < 41)', true],
    ['asInt(result) * 100 == 0', true],
  ])('knows the result as Argo Rollouts does: %s is %s', (text, answer) => {
    expect(checkCondition(text)).toBeUndefined();
    expect(evaluateCondition(text, VALUES)).toBe(answer);
  });

  test.each([
    ['candidate < 5', false],
    ['candidate > 5', false],
    ['candidate == candidate', false],
    ['isNaN(candidate)', true],
    ['default(candidate, 7) == 7', true],
  ])('compares what is no number with nothing: %s is %s', (text, answer) => {
    expect(evaluateCondition(text, { ...VALUES, candidate: NaN })).toBe(answer);
  });

  test('compares infinity as a number', () => {
    expect(evaluateCondition('candidate > 1000', { ...VALUES, candidate: Infinity })).toBe(true);
    expect(evaluateCondition('isInf(candidate)', { ...VALUES, candidate: -Infinity })).toBe(true);
  });

  test.each([
    ['candidate < control', 'there is no control to compare with'],
    ['ratio < 2', 'there is no control to compare with'],
    ['units[7] > 1', /index/],
    ['1 / 0 > 1', /division by zero/],
  ])('that cannot be told is an error: %s', (text, error) => {
    expect(checkCondition(text)).toBeUndefined();
    expect(evaluateCondition(text, ALONE)).toEqual({ error: expect.stringMatching(error) as string });
  });

  test.each([
    [
      'candidate >',
      'Unexpected token: EOF',
      'a CEL expression, as in candidate < 0.05 && samples >= 100',
      11,
    ],
    ['', 'Unexpected token: EOF', 'a CEL expression, as in candidate < 0.05 && samples >= 100', 0],
    ['candidate < 1 and control < 1', /Unexpected/, 'write && for and, || for or, ! for not', 14],
    ['all(result, # > 1)', /Unexpected/, /^write result.all\(x, x < 5\) for all/, 12],
    ['samples > 9 && cpu > 1', 'Unknown variable: cpu', /^known are candidate, control/, 15],
    ['candidate < "a"', 'no such overload: double < string', 'numbers go with numbers', 0],
    ['control < "a"', /no such overload/, 'numbers go with numbers', 0],
    ['candidate', 'is not true or false', 'compare something, as in candidate < 0.05', 0],
    ['candidate < 1 ? true : control', 'is not true or false', /^compare/, 0],
    ['units < 5', 'a list is no number', /^count it/, 0],
    ['(units + units).size() > 1', 'a list is no number', /^count it/, 9],
    [
      'result < 1 && result[0] < 1',
      'result is used as a number and as a list',
      'use candidate for the number',
      0,
    ],
    [
      'units.all(x, units.all(y, x < y))',
      'all stands within another look',
      'look at each of a list only once',
      13,
    ],
  ] as const)('that is wrong says where and what to do: %s', (...[text, problem, hint, position]) => {
    expect(checkCondition(text)).toEqual({
      problem: expect.stringMatching(problem) as string,
      hint: expect.stringMatching(hint) as string,
      position,
    });
    expect(evaluateCondition(text, VALUES)).toHaveProperty('error');
  });

  test.each([
    ['now() > timestamp("2026-01-01T00:00:00Z")'],
    ['timestamp("2026-01-01T00:00:00Z").getHours() > 3'],
    ['duration("1h") > duration("1m")'],
    ['"aaaaaaaaaaaaaaaaaaaaaaaaaaa!".matches("(a+)+$")'],
    ['string(candidate).matches("0.*")'],
    ['units.map(x, units).size() > 1'],
    ['cel.bind(x, candidate, x < 1)'],
    ['{1: 2}.size() > 0'],
    ['candidate.constructor == 1'],
    ['dyn(units) + dyn(units) == units'],
    ['has(candidate.x)'],
    ['b"abc".json().size() > 1'],
    ['google.protobuf.Timestamp == candidate'],
  ])('reads no clock, matches no patterns and builds nothing: %s', (text) => {
    expect(checkCondition(text)).toBeDefined();
  });

  test.each([
    [`candidate < ${'9'.repeat(LARGEST_TEXT)}`],
    [`${'('.repeat(200)}candidate${')'.repeat(200)} < 1`],
    [`candidate < ${'1+'.repeat(120)}1`],
    [`candidate in [${'1,'.repeat(100)}1]`],
  ])('may not be without measure', (text) => {
    expect(checkCondition(text)).toBeDefined();
  });

  test('looks at the first thousand units at most', () => {
    const units = Array.from({ length: 5_000 }, (_, i) => i);
    expect(evaluateCondition('size(units) == 1000', { ...VALUES, units })).toBe(true);
  });

  test('never throws, whatever is written and measured', () => {
    const words = fc.constantFrom(
      ...[
        'candidate',
        'control',
        'ratio',
        'units',
        'result',
        'samples',
        'x',
        '1',
        '0.5',
        'null',
        '(',
        ')',
        '[',
      ],
      ...[
        ']',
        '.',
        ',',
        '<',
        '==',
        '&&',
        '||',
        '!',
        '?',
        ':',
        '+',
        '/',
        '%',
        'in',
        '.all(x,',
        'size(',
        'int(',
      ],
    );
    const text = fc.oneof(
      fc.array(words, { maxLength: 12 }).map((all) => all.join(' ')),
      fc.string({ unit: 'binary' }),
    );
    const number = fc.double();
    const maybe = fc.option(number);
    const values = fc.record({
      candidate: number,
      control: maybe,
      ratio: maybe,
      samples: number,
      units: fc.array(number),
    });
    fc.assert(
      fc.property(text, values, (condition, measured) => {
        const problem = checkCondition(condition);
        const answer = evaluateCondition(condition, measured);
        expect(['boolean', 'object']).toContain(typeof answer);
        if (problem !== undefined) expect(answer).toEqual({ error: problem.problem });
      }),
      { numRuns: 2_000 },
    );
  });
});
