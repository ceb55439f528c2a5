import { describe, expect, it } from 'vitest';
import { Failure } from '../../base/failure.ts';
import { readScoreOptions } from './options.ts';

const DEFAULTS = {
  direction: 'either',
  nanStrategy: 'remove',
  critical: false,
  mustHaveData: false,
  muted: false,
  effectSize: {
    measure: 'meanRatio',
    allowedIncrease: 1,
    allowedDecrease: 1,
    criticalIncrease: 1,
    criticalDecrease: 1,
  },
  outlierFactor: undefined,
};

describe('options of the score judge', () => {
  it.each([[undefined], [null], [{}], [{ effectSize: null, direction: null, critical: null }]])(
    'have Kayenta’s defaults when %j says nothing',
    (written) => {
      expect(readScoreOptions(written)).toEqual({ options: DEFAULTS, remarks: [] });
    },
  );

  it('are read as written, whole numbers too', () => {
    const { options, remarks } = readScoreOptions({
      direction: 'increase',
      nanStrategy: 'replace',
      critical: true,
      mustHaveData: true,
      muted: true,
      effectSize: { allowedIncrease: 2, criticalDecrease: 0.25 },
      outliers: { strategy: 'remove', outlierFactor: 2 },
    });
    expect(remarks).toEqual([]);
    expect(options).toEqual({
      direction: 'increase',
      nanStrategy: 'replace',
      critical: true,
      mustHaveData: true,
      muted: true,
      effectSize: { ...DEFAULTS.effectSize, allowedIncrease: 2, criticalDecrease: 0.25 },
      outlierFactor: 2,
    });
  });

  it('have one half as the effect of no difference with cles', () => {
    const { options } = readScoreOptions({ effectSize: { measure: 'cles', allowedIncrease: 0.7 } });
    expect(options.effectSize).toEqual({
      measure: 'cles',
      allowedIncrease: 0.7,
      allowedDecrease: 0.5,
      criticalIncrease: 0.5,
      criticalDecrease: 0.5,
    });
  });

  it('remove outliers at three interquartile ranges when only told to remove them', () => {
    expect(readScoreOptions({ outliers: { strategy: 'remove' } }).options.outlierFactor).toBe(3);
    expect(readScoreOptions({ outliers: { strategy: 'keep', outlierFactor: 0 } }).options.outlierFactor).toBe(
      undefined,
    );
  });

  it('that are unknown words or fields have no effect, which is remarked', () => {
    const { options, remarks } = readScoreOptions({
      direction: 'Increase',
      nanStrategy: 'drop',
      effectSize: { measure: 'cohenD' },
      outliers: { strategy: 'none' },
      criticl: true,
    });
    expect(options).toEqual(DEFAULTS);
    expect(remarks).toEqual([
      'options.criticl is not known and has no effect: did you mean critical?',
      'options.direction: "Increase" is not known and read as either',
      'options.nanStrategy: "drop" is not known and read as remove',
      'options.effectSize.measure: "cohenD" is not known and read as meanRatio',
      'options.outliers.strategy: "none" is not known and read as keep',
    ]);
  });

  it.each([
    [{ critical: 'true' }, 'options.critical', 'must be true or false, but is a text', 'write true'],
    [{ mustHaveData: 1 }, 'options.mustHaveData', 'must be true or false, but is a number', undefined],
    [{ direction: 5 }, 'options.direction', 'must be a text, but is a number', 'put it in quotes'],
    [{ effectSize: 'cles' }, 'options.effectSize', 'must be an object, but is a text', expect.any(String)],
    [
      { effectSize: { allowedIncrease: '1' } },
      'options.effectSize.allowedIncrease',
      'must be a number, but is a text',
      'did you mean 1, without quotes?',
    ],
    [
      { outliers: { strategy: 'remove', outlierFactor: 0 } },
      'options.outliers.outlierFactor',
      'must be more than 0',
      expect.any(String),
    ],
    [[], 'options', 'must be an object, but is a list', expect.any(String)],
    ['increase', 'options', 'must be an object, but is a text', expect.any(String)],
  ])('%j are refused', (...[written, path, reason, hint]) => {
    expect.assertions(4);
    try {
      readScoreOptions(written);
    } catch (error) {
      expect(error).toBeInstanceOf(Failure);
      const { code, problems, hint: remedy } = error as Failure;
      expect(code).toBe('usage');
      expect(problems[0]).toMatchObject({ path, reason });
      expect(remedy).toEqual(hint);
    }
  });

  it('tell all their problems at once', () => {
    const read = () => readScoreOptions({ critical: 'no', muted: 'yes' }, 'metrics[2].canary');
    expect(read).toThrow('metrics[2].canary.critical: must be true or false');
    expect(read).toThrow(expect.objectContaining({ problems: [expect.anything(), expect.anything()] }));
  });
});
