import { describe, expect, it } from 'vitest';
import { normalQuantile } from '../distributions/normal.ts';
import { classifyMetric } from './classify.ts';
import { commonLanguageEffect, meanRatio } from './effect-size.ts';
import cases from './kayenta-cases.json' with { type: 'json' };
import type { Label } from './label.ts';
import { locationShift, standardScore } from './location-shift.ts';
import { readScoreOptions } from './options.ts';
import { withoutOutliers } from './outliers.ts';
import { quantileOfSorted } from './quantile.ts';
import { summaryOf } from './summary.ts';
import type { WrittenScoreOptions } from './written-options.ts';

/**
 * The cases that Kayenta publishes with its sources (ClassifierSuite, MannWhitneySuite, StatisticSuite,
 * TransformSuite), with its expected values; some of those come from R.
 */
const SUITE_STRICTNESS = { tolerance: 0.1, confidence: 0.95 };

const sorted = (values: readonly number[]) => [...values].sort((a, b) => a - b);
const repeated = (count: number, value: number) => new Array<number>(count).fill(value);
const SPARSE = {
  control: [...repeated(cases.sparse.controlZeros, 0), ...cases.sparse.control],
  candidate: [...repeated(cases.sparse.candidateZeros, 0), ...cases.sparse.candidate],
};
const HUGE = { candidate: [20, 22, 21, 25, 30], control: [1, 2.2, 1.1, 2.5, 3] };
const ONE_TO_FIVE = [1, 2, 3, 4, 5];
const ZEROS = repeated(5, 0);

interface Arms {
  readonly control: readonly number[];
  readonly candidate: readonly number[];
}

function classified(arms: Arms, written: WrittenScoreOptions, strictness = SUITE_STRICTNESS) {
  return classifyMetric({ ...arms, options: readScoreOptions(written).options }, strictness);
}

describe('a metric is classified as in Kayenta’s suite', () => {
  const rows: readonly (readonly [string, Arms, WrittenScoreOptions, Label])[] = [
    ['similar', cases.similar, {}, 'Pass'],
    ['higher', cases.higher, {}, 'High'],
    ['lower', cases.lower, {}, 'Low'],
    ['lower, only increase fails', cases.lower, { direction: 'increase' }, 'Pass'],
    ['higher, only decrease fails', cases.higher, { direction: 'decrease' }, 'Pass'],
    ['higher, increase fails', cases.higher, { direction: 'increase' }, 'High'],
    ['lower, decrease fails', cases.lower, { direction: 'decrease' }, 'Low'],
    ['mostly zeros', SPARSE, {}, 'High'],
    ['effect large enough', HUGE, { effectSize: { allowedDecrease: 0.8, allowedIncrease: 1.2 } }, 'High'],
    ['effect low enough', cases.lower, { effectSize: { allowedDecrease: 0.8 } }, 'Low'],
    [
      'effect not low enough',
      { candidate: [10, 12.2, 10.1, 12.5, 23], control: [20, 22, 21, 25, 30] },
      { effectSize: { allowedDecrease: 0.5, allowedIncrease: 1 } },
      'Pass',
    ],
    ['mostly zeros, effect too small', SPARSE, { effectSize: { allowedIncrease: 5 } }, 'Pass'],
    ['all values tied', { candidate: [1, 1, 1], control: [1, 1] }, { direction: 'decrease' }, 'Pass'],
    ['same values in another order', { candidate: ONE_TO_FIVE, control: [5, 4, 3, 2, 1] }, {}, 'Pass'],
    ['one zero', { candidate: [0, 1, 1, 1, 1], control: repeated(5, 1) }, { direction: 'decrease' }, 'Pass'],
    ['no canary values', { candidate: [], control: ONE_TO_FIVE }, {}, 'Nodata'],
    [
      'no canary values, gaps replaced',
      { candidate: [], control: ONE_TO_FIVE },
      { nanStrategy: 'replace' },
      'Pass',
    ],
    ['one outlier among ties', { candidate: [1, 1, 1, 1, 10], control: repeated(5, 1) }, {}, 'Pass'],
    ['two constants', { candidate: repeated(5, 10), control: repeated(5, 1) }, {}, 'High'],
    ['a constant and zeros', { candidate: repeated(5, 10), control: ZEROS }, {}, 'High'],
  ];
  it.each(rows)('%s', (...[, arms, options, label]) => {
    expect(classified(arms, options).label).toBe(label);
  });

  it('by the chance of being larger', () => {
    const options = { effectSize: { measure: 'cles', allowedDecrease: 0.2, allowedIncrease: 0.8 } };
    const strictness = { tolerance: 0.2, confidence: 0.98 };
    expect(classified(cases.lowerByChance, options, strictness).label).toBe('Low');
  });

  it('and its critical flag depends on the critical effect', () => {
    const critical = (effectSize: WrittenScoreOptions['effectSize'], arms: Arms = HUGE) => {
      const { label, critical } = classified(arms, { critical: true, ...(effectSize && { effectSize }) });
      return [label, critical];
    };
    expect(critical({ criticalIncrease: 1.2 })).toEqual(['High', true]);
    expect(critical(undefined)).toEqual(['High', true]);
    expect(critical({ allowedIncrease: 5, criticalIncrease: 13 })).toEqual(['High', false]);
    expect(critical({ allowedIncrease: 13, criticalIncrease: 15 })).toEqual(['Pass', false]);
    const low = { candidate: [2, 2, 2, 2, 3], control: [10, 20.2, 10.1, 20.5, 30] };
    expect(critical({ criticalDecrease: 1.2 }, low)).toEqual(['Low', true]);
  });

  it('without data it is critical when the metric is, and says why', () => {
    const silent = classified({ candidate: [], control: ONE_TO_FIVE }, { critical: true });
    expect(silent).toMatchObject({ label: 'Nodata', critical: true });
    expect(classified({ candidate: [], control: [] }, { critical: true }).reason).not.toBe('');
  });

  it('against zeros the effect has no value and limits nothing', () => {
    const values = [54.9, 54.5, 55.1, 55.6, 57.4];
    const limits = { effectSize: { allowedDecrease: 0.8, allowedIncrease: 1.2 } };
    const higher = classified({ candidate: values, control: ZEROS }, limits);
    expect(higher).toMatchObject({ label: 'High', deviation: NaN });
    const lower = classified({ candidate: ZEROS, control: values }, limits);
    expect(lower).toMatchObject({ label: 'Low', deviation: NaN });
    expect(classified({ candidate: ZEROS, control: ZEROS }, limits)).toMatchObject({
      label: 'Pass',
      deviation: 1,
    });
    const rates = [3, 3, 1, 1, 1, 3, 2, 3, 3, 8].map((count) => count / 60);
    const critical = classified(
      { candidate: rates, control: repeated(10, 0) },
      {
        nanStrategy: 'replace',
        critical: true,
        effectSize: { criticalDecrease: 0.8, criticalIncrease: 1.2 },
      },
    );
    expect(critical).toMatchObject({ label: 'High', critical: true });
  });
});

describe('the shift is what R says', () => {
  const shiftOf = ({ control, candidate }: Arms, confidence: number) =>
    locationShift(
      { control: sorted(control), candidate: sorted(candidate) },
      -normalQuantile((1 - confidence) / 2),
    );

  it('for four values against four', () => {
    const shift = shiftOf({ control: [1, 2, 3, 4], candidate: [10, 20, 30, 40] }, 0.95);
    expect(shift).toEqual({ low: 6, high: 39, estimate: 22.5 });
  });

  it.each([
    ['90 tied values', cases.tied90, 0.95, -0.500002521696696, -3.486287505871302e-5, -0.4999393907180323],
    [
      '180 tied values',
      cases.tied180,
      0.98,
      -0.4999173250549087,
      -6.912685789769486e-6,
      -3.45044082729315e-5,
    ],
    ['mostly zeros', SPARSE, 0.95, 3.521755377702165e-5, 2.02456461662334e-5, 2.6279243045155653e-5],
  ] as const)('for %s', (...[, arms, confidence, low, high, estimate]) => {
    const shift = shiftOf(arms, confidence);
    expect(Math.abs((shift?.low ?? NaN) - low)).toBeLessThan(1e-6);
    expect(Math.abs((shift?.high ?? NaN) - high)).toBeLessThan(1e-6);
    expect(Math.abs((shift?.estimate ?? NaN) - estimate)).toBeLessThan(1e-4);
  });

  it('and so is the statistic at both ends', () => {
    const arms = { control: sorted(SPARSE.control), candidate: sorted(SPARSE.candidate) };
    const z = 1.9599639845400536;
    expect(standardScore(arms, -3.124999999999986) - z).toBeCloseTo(17.090968923762254, 6);
    expect(standardScore(arms, 5.555555555555557) - z).toBeCloseTo(-20.997687930433106, 6);
    expect(standardScore(arms, -3.124999999999986) + z).toBeCloseTo(21.01089689284236, 6);
    expect(standardScore(arms, 5.555555555555557) + z).toBeCloseTo(-17.077759961353, 6);
  });
});

describe('the statistics are those of Kayenta’s suite', () => {
  it('summaries', () => {
    expect(summaryOf([4])).toEqual({ min: 4, max: 4, mean: 4, std: 0, count: 1 });
    expect(summaryOf([])).toEqual({ min: 0, max: 0, mean: 0, std: 0, count: 0 });
    const list = summaryOf([1, 1, 1, 10, 10, 10]);
    expect(list).toMatchObject({ min: 1, max: 10, mean: 5.5, count: 6 });
    expect(list.std).toBeCloseTo(4.9295, 4);
  });

  it('percentiles, NIST’s among them', () => {
    const eight = [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5];
    expect(quantileOfSorted(eight, 0.05)).toBeCloseTo(0.175, 4);
    expect(quantileOfSorted(eight, 0.5)).toBe(1.75);
    expect(quantileOfSorted(eight, 1)).toBe(3.5);
    const nist = [
      95.1772, 95.1567, 95.1937, 95.1959, 95.1442, 95.061, 95.1591, 95.1195, 95.1772, 95.0925, 95.199,
      95.1682,
    ];
    expect(quantileOfSorted(sorted(nist), 0.9)).toBeCloseTo(95.19568, 10);
    expect(quantileOfSorted([1], 1)).toBe(1);
  });

  it('effects', () => {
    expect(meanRatio(repeated(5, 10), repeated(5, 1))).toBe(10);
    expect(meanRatio(repeated(5, 10), repeated(5, 100))).toBe(0.1);
    expect(meanRatio(repeated(5, 10), ZEROS)).toBeNaN();
    expect(commonLanguageEffect({ candidate: ONE_TO_FIVE, control: ONE_TO_FIVE })).toBe(0.5);
    expect(commonLanguageEffect({ candidate: [1, 2, 3], control: [22, 25, 26] })).toBe(0);
  });

  it('outliers, but for the widening to percentiles that its judge always adds', () => {
    expect(withoutOutliers([1, 1, 1, 5, -1, -1, -1, -5], 0.5)).toEqual([1, 1, 1, -1, -1, -1]);
    const values = [21, 23, 24, 25, 50, 29, 23, 21];
    // The 99th percentile of eight values lies just below the largest, so that the largest is dropped.
    expect(withoutOutliers(values, 1.5)).toEqual([21, 23, 24, 25, 29, 23, 21]);
    expect(withoutOutliers([], 1.5)).toEqual([]);
  });
});

describe('what depends on the unit, as in Kayenta’s “problem case”', () => {
  // Shares that differ by a hundred-thousandth: less than the root finder’s tolerance of 1e-4.
  const control = Array.from({ length: 60 }, (_, i) => 0.0333 + ((i * 37) % 60) * 3e-7);
  const candidate = control.map((value) => value + 1e-5);

  it('is missed in shares, where the estimate stops at the end of the interval, and found in millionths', () => {
    const inShares = classified({ control, candidate }, {});
    expect(inShares.label).toBe('Pass');
    expect(inShares.comparison?.estimate).toBe(inShares.comparison?.interval.high);
    const inMillionths = { control: control.map((v) => v * 1e6), candidate: candidate.map((v) => v * 1e6) };
    expect(classified(inMillionths, {}).label).toBe('High');
  });
});
