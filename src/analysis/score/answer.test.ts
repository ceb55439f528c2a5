import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Failure } from '../../base/failure.ts';
import { judgeScore } from './answer.ts';

const QUIET = [3, 5, 4, 6, 5, 4, 3, 5, 6, 4];
const LOUD = QUIET.map((value) => value * 10 + 1);

describe('the answer to one comparison', () => {
  it('holds label, verdict and the numbers they rest on', () => {
    const answer = judgeScore({ control: QUIET, candidate: LOUD, options: { critical: true } });
    expect(answer).toMatchObject({ label: 'High', verdict: 'bad', critical: true, muted: false });
    expect(answer.deviation).toBeCloseTo(46 / 4.5, 10);
    expect(answer.interval?.low).toBeGreaterThan(answer.bounds?.upper ?? Infinity);
    expect(answer.bounds?.upper).toBe(0.25 * (answer.estimate ?? NaN));
    expect(answer.effect).toBe(answer.deviation);
    expect(answer.candidate.count).toBe(10);
    expect(answer).not.toHaveProperty('remarks');
  });

  it('has null where nothing was compared or a number has no value', () => {
    expect(judgeScore({ control: QUIET, candidate: [] })).toMatchObject({
      label: 'Nodata',
      verdict: 'undecided',
      deviation: 1,
      bounds: null,
      interval: null,
      estimate: null,
      effect: null,
    });
    expect(judgeScore({ control: [0, 0, 0], candidate: [0, 1, 2] }).deviation).toBeNull();
  });

  it.each([
    ['good', 'Pass', { control: QUIET, candidate: QUIET }],
    ['bad', 'Low', { control: LOUD, candidate: QUIET }],
    ['undecided', 'Nodata', { control: [], candidate: QUIET }],
    ['bad', 'Nodata', { control: [], candidate: QUIET, options: { critical: true } }],
    ['bad', 'NodataFailMetric', { control: [null], candidate: QUIET, options: { mustHaveData: true } }],
    ['undecided', 'Pass', { control: [], candidate: QUIET, options: { nanStrategy: 'replace' } }],
    ['undecided', 'High', { control: QUIET, candidate: LOUD, options: { muted: true } }],
    ['invalid', 'Error', { control: [10], candidate: [1] }],
  ])('is %s for %s of %j', (verdict, label, question) => {
    expect(judgeScore(question)).toMatchObject({ verdict, label });
  });

  it('takes null and "NaN" for gaps, and infinities by name', () => {
    const gaps = judgeScore({ control: [null, 1, 'NaN', 2], candidate: [1, 2, 3] });
    expect(gaps.control).toMatchObject({ count: 2, min: 1, max: 2 });
    const replaced = judgeScore({ control: [null, 1], candidate: [1], options: { nanStrategy: 'replace' } });
    expect(replaced.control).toMatchObject({ count: 2, min: 0 });
    expect(judgeScore({ control: [1, 'Infinity'], candidate: [1, 2] }).control.max).toBe(Infinity);
  });

  it('remarks what had no effect', () => {
    const { remarks } = judgeScore({ control: [1], candidate: [1], options: { direction: 'up' } });
    expect(remarks).toEqual(['options.direction: "up" is not known and read as either']);
  });

  it.each([
    [{ control: 'x', candidate: [] }, 'control', 'must be a list, but is a text'],
    [{ control: [], candidate: undefined }, 'candidate', 'must be a list, but is empty'],
    [{ control: [1, '2'], candidate: [] }, 'control[1]', 'must be a number, but is "2"'],
    [{ control: [], candidate: [{}] }, 'candidate[0]', 'must be a number, but is an object'],
    [{ control: [], candidate: [], options: { critical: 'true' } }, 'options.critical', /true or false/],
  ])('%j is refused', (...[question, path, reason]) => {
    expect.assertions(2);
    try {
      judgeScore(question);
    } catch (error) {
      expect(error).toBeInstanceOf(Failure);
      const [problem] = (error as Failure).problems;
      expect(problem).toMatchObject({ path, reason: expect.stringMatching(reason) as string });
    }
  });

  it('is given for any numbers whatever, and is JSON', () => {
    const number = fc.oneof(
      fc.double(),
      fc.constantFrom(0, -0, 1, 5e-324, Number.MAX_VALUE, -Number.MAX_VALUE, Infinity, -Infinity, NaN),
    );
    const values = fc.oneof(
      fc.array(number, { maxLength: 12 }),
      fc.array(fc.constantFrom<unknown>(1, 2, null, 'NaN', 'Infinity', '-Infinity'), { maxLength: 12 }),
      fc
        .tuple(number, fc.integer({ min: 0, max: 9 }))
        .map(([value, count]) => new Array<number>(count).fill(value)),
    );
    const options = fc.constantFrom<unknown>(
      undefined,
      { nanStrategy: 'replace', critical: true },
      { outliers: { strategy: 'remove' }, effectSize: { measure: 'cles' } },
    );
    fc.assert(
      fc.property(values, values, options, (control, candidate, written) => {
        const answer = judgeScore({ control, candidate, options: written });
        expect(JSON.parse(JSON.stringify(answer))).toMatchObject({ label: answer.label });
        expect(judgeScore({ control, candidate, options: written })).toEqual(answer);
      }),
      { numRuns: 500 },
    );
  });
});
