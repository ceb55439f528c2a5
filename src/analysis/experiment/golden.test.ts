import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { adjusted, type Adjustment } from './adjust.ts';
import { asymptoticConclusion } from './asymptotic.ts';
import type { Alternative } from './contrast.ts';
import { judgeExperiment } from './experiment.ts';
import { sequentialBounds } from './group-sequential.ts';
import type { Spending } from './spending.ts';
import { newcombeInterval, wilsonInterval, type Proportion } from './wilson.ts';

interface Case {
  readonly control: unknown;
  readonly candidate: unknown;
  readonly alternative: Alternative;
  readonly estimate: number;
  readonly statistic: number;
  readonly degreesOfFreedom: number;
  readonly pValue: number;
  readonly higher: number;
  readonly margin: number;
  readonly interval: readonly (number | null)[];
  readonly unpooled: readonly number[];
  readonly newcombe: readonly number[];
  readonly wilson: readonly number[];
  readonly chiSquared: readonly number[];
  readonly fisher: Readonly<Record<Alternative, number>>;
  readonly expected: number;
  readonly theta: number;
  readonly varianceReduction: number;
}

interface Golden {
  readonly welch: readonly Case[];
  readonly relative: readonly Case[];
  readonly proportions: readonly Case[];
  readonly outcomes: readonly Case[];
  readonly ratio: Case;
  readonly cuped: Case;
  readonly sampleRatio: readonly Case[];
  readonly groupSequential: readonly {
    readonly spending: Spending['kind'];
    readonly fractions: readonly number[];
    readonly alpha: number;
    readonly sides: number;
    readonly bounds: readonly number[];
  }[];
  readonly adjust: readonly (Readonly<Record<Adjustment, readonly number[]>> & {
    readonly pValues: readonly number[];
  })[];
  readonly asymptotic: readonly {
    readonly samples: number;
    readonly tuning: number;
    readonly alpha: number;
    readonly estimate: number;
    readonly standardError: number;
    readonly twoSided: number;
    readonly oneSided: number;
    readonly pValue: number;
    readonly higher: number;
  }[];
  readonly planning: {
    readonly means: { readonly effect: number; readonly variance: number; readonly perArm: number };
    readonly proportions: { readonly from: number; readonly to: number; readonly perArm: number };
    readonly power: { readonly effect: number; readonly se: number; readonly power: number };
  };
}

const golden = JSON.parse(readFileSync(new URL('experiment.golden.json', import.meta.url), 'utf8')) as Golden;

/** Equal to nine digits of its own size. */
function near(expected: number) {
  return expect.closeTo(expected, 9 - Math.floor(Math.log10(Math.abs(expected) || 1))) as number;
}

function nearEach(expected: readonly (number | null)[]) {
  return expected.map((value) => (value === null ? null : near(value)));
}

function answer(data: Pick<Case, 'control' | 'candidate'>, options: object) {
  const { control, candidate } = data;
  return judgeExperiment({ control, candidate, options });
}

describe('an experiment agrees with SciPy and NumPy', () => {
  it.each(golden.welch)('in Welch’s test, case %#', (expected) => {
    const { alternative, estimate, statistic, degreesOfFreedom, pValue, interval } = expected;
    expect(answer(expected, { test: 'welch', alternative })).toMatchObject({
      estimate: near(estimate),
      statistic: near(statistic),
      degreesOfFreedom: near(degreesOfFreedom),
      pValue: near(pValue),
      interval: nearEach(interval),
    });
  });

  it.each(golden.relative)('in relative lifts by the delta method, case %#', (expected) => {
    const { estimate, pValue, interval } = expected;
    const found = answer(expected, { test: 'welch', relative: true });
    expect(found).toMatchObject({
      estimate: near(estimate),
      pValue: near(pValue),
      interval: nearEach(interval),
    });
  });

  it.each(golden.proportions)('in the test of two proportions, case %#', (expected) => {
    const { estimate, statistic, pValue, higher } = expected;
    expect(answer(expected, { test: 'proportions' })).toMatchObject({
      estimate: near(estimate),
      statistic: near(statistic),
      pValue: near(pValue),
      interval: nearEach(expected.unpooled),
    });
    const oneSided = answer(expected, { test: 'proportions', alternative: 'higher' });
    expect(oneSided).toMatchObject({ pValue: near(higher) });
    const nonInferior = answer(expected, { test: 'proportions', alternative: 'higher', margin: 0.05 });
    expect(nonInferior.pValue).not.toBe(oneSided.pValue);
    expect(1 - nonInferior.pValue!).toBeCloseTo(1 - expected.margin, 9);
  });

  it.each(golden.proportions)('in Wilson’s and Newcombe’s intervals, case %#', (expected) => {
    const [control, candidate] = [expected.control as Proportion, expected.candidate as Proportion];
    const z = 1.959963984540054;
    expect(wilsonInterval(control, z)).toEqual(nearEach(expected.wilson));
    expect(newcombeInterval(control, candidate, z)).toEqual(nearEach(expected.newcombe));
    const judged = answer(expected, { test: 'proportions', interval: 'newcombe' });
    expect(judged.interval).toEqual(nearEach(expected.newcombe));
  });

  it.each(golden.proportions)('in χ² without Yates of a fourfold table, case %#', (expected) => {
    const [statistic, degreesOfFreedom, pValue] = expected.chiSquared;
    expect(answer(expected, { test: 'chiSquared' })).toMatchObject({
      statistic: near(statistic!),
      degreesOfFreedom,
      pValue: near(pValue!),
      estimate: near(expected.estimate),
      interval: nearEach(expected.newcombe),
    });
  });

  it.each(golden.proportions)('in Fisher’s exact test, case %#', (expected) => {
    for (const alternative of ['two-sided', 'higher', 'lower'] as const) {
      const { pValue } = answer(expected, { test: 'fisher', alternative });
      // SciPy itself keeps about ten digits here.
      expect(pValue! / expected.fisher[alternative]).toBeCloseTo(1, 7);
    }
  });

  it.each(golden.outcomes)('in χ² of several outcomes, case %#', (expected) => {
    const { statistic, degreesOfFreedom, pValue, estimate } = expected;
    expect(answer(expected, { test: 'chiSquared' })).toMatchObject({
      statistic: near(statistic),
      degreesOfFreedom,
      pValue: near(pValue),
      estimate: near(estimate),
    });
  });

  it('in ratios of totals', () => {
    const { estimate, pValue, interval } = golden.ratio;
    const found = answer(golden.ratio, { test: 'ratio' });
    expect(found).toMatchObject({
      estimate: near(estimate),
      pValue: near(pValue),
      interval: nearEach(interval),
    });
  });

  it('in CUPED', () => {
    const { estimate, pValue, interval, theta, varianceReduction } = golden.cuped;
    expect(answer(golden.cuped, { test: 'cuped' })).toMatchObject({
      estimate: near(estimate),
      pValue: near(pValue),
      interval: nearEach(interval),
      theta: near(theta),
      varianceReduction: near(varianceReduction),
    });
  });

  it.each(golden.groupSequential)('in bounds of looks: $spending, $fractions, $alpha', (expected) => {
    const { fractions, alpha, sides, bounds } = expected;
    const spending: Spending =
      expected.spending === 'power' ? { kind: 'power', rho: 2 } : { kind: expected.spending };
    const computed = sequentialBounds({ fractions, spending }, alpha, sides === 2);
    expect(computed).toEqual(bounds.map((bound) => expect.closeTo(bound, 7) as number));
  });

  it.each(golden.adjust)('in corrected p-values, case %#', ({ pValues, ...methods }) => {
    for (const method of ['benjaminiHochberg', 'holm', 'bonferroni'] as const) {
      expect(adjusted(pValues, method)).toEqual(nearEach(methods[method]));
    }
  });

  it.each(golden.asymptotic)('in confidence sequences, case %#', (expected) => {
    const { samples, tuning, alpha, estimate, standardError } = expected;
    const conclude = (alternative: Alternative) =>
      asymptoticConclusion(
        { estimate, standardError, degreesOfFreedom: Infinity },
        { alpha, alternative, boundary: 0 },
        { samples, tuning },
      );
    const [both, higher] = [conclude('two-sided'), conclude('higher')];
    expect(both.critical * standardError).toEqual(near(expected.twoSided));
    expect(both.pValue / expected.pValue).toBeCloseTo(1, 7);
    expect(higher.critical * standardError).toEqual(near(expected.oneSided));
    expect(higher.pValue / expected.higher).toBeCloseTo(1, 7);
  });

  it.each(golden.sampleRatio)(
    'in the check of the split, case %#',
    ({ control, candidate, expected, pValue }) => {
      const allocation = { control: 1 - expected, candidate: expected };
      const found = answer({ control, candidate }, { test: 'sampleRatio', allocation });
      expect(found).toMatchObject({ pValue: near(pValue), verdict: pValue < 0.001 ? 'invalid' : 'good' });
    },
  );

  it('in the size of an experiment', () => {
    const { means, proportions, power } = golden.planning;
    const forMeans = { test: 'plan', measure: 'mean', variance: means.variance, minimumEffect: means.effect };
    const { samplesNeeded } = judgeExperiment({ options: forMeans });
    expect(samplesNeeded).toEqual({ control: means.perArm, candidate: means.perArm });
    const rise = proportions.to - proportions.from;
    const forShares = {
      test: 'plan',
      measure: 'proportion',
      baseline: proportions.from,
      minimumEffect: rise,
    };
    const needed = judgeExperiment({ options: forShares }).samplesNeeded;
    expect(needed).toEqual({ control: proportions.perArm, candidate: proportions.perArm });
    const units = Math.round(2 / power.se ** 2);
    const samples = { control: units, candidate: units };
    const seen = { test: 'plan', measure: 'mean', variance: 1, minimumEffect: power.effect, samples };
    expect(judgeExperiment({ options: seen }).power).toEqual(near(power.power));
  });
});

describe('published values', () => {
  it('of Lan and DeMets for five looks are met', () => {
    const fractions = [0.2, 0.4, 0.6, 0.8, 1];
    const published: readonly (readonly [Spending, readonly number[]])[] = [
      [{ kind: 'obrienFleming' }, [4.8769, 3.3569, 2.6803, 2.2898, 2.031]],
      [{ kind: 'pocock' }, [2.438, 2.4268, 2.4101, 2.3966, 2.3859]],
    ];
    for (const [spending, bounds] of published) {
      sequentialBounds({ fractions, spending }, 0.05, true).forEach((bound, look) => {
        expect(Math.abs(bound - bounds[look]!)).toBeLessThan(0.0002);
      });
    }
    const obrienFleming = sequentialBounds({ fractions, spending: { kind: 'obrienFleming' } }, 0.05, true);
    expect(obrienFleming.map((bound) => bound.toFixed(3))).toEqual([
      '4.877',
      '3.357',
      '2.680',
      '2.290',
      '2.031',
    ]);
  });

  it('of Fisher’s lady tasting tea are met', () => {
    const cups = { control: { successes: 1, trials: 4 }, candidate: { successes: 3, trials: 4 } };
    expect(answer(cups, { test: 'fisher', alternative: 'higher' }).pValue).toBeCloseTo(17 / 70, 12);
    expect(answer(cups, { test: 'fisher' }).pValue).toBeCloseTo(34 / 70, 12);
  });

  it('of Newcombe’s table are met: 56 of 70 against 48 of 80', () => {
    const [low, high] = newcombeInterval(
      { successes: 48, trials: 80 },
      { successes: 56, trials: 70 },
      1.959963984540054,
    );
    expect([low.toFixed(4), high.toFixed(4)]).toEqual(['0.0524', '0.3339']);
  });
});
