import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Failure } from '../../base/failure.ts';
import { adjusted } from './adjust.ts';
import type { ExperimentAnswer } from './answer.ts';
import { judgeExperiment } from './experiment.ts';

const VALUE = fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((value) => Number(value.toFixed(3)));
const VALUES = fc.array(VALUE, { minLength: 2, maxLength: 40 });
const PROPORTION = fc
  .tuple(fc.nat(500), fc.nat(500))
  .map(([successes, failures]) => ({ successes, trials: successes + failures }));
const PAIRS = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 100 }), fc.integer({ min: -100, max: 100 })), {
    minLength: 3,
    maxLength: 40,
  })
  .map((rows) => ({ x: rows.map(([x]) => x), y: rows.map(([, y]) => y) }));
const MOMENTS = fc.record({
  n: fc.integer({ min: 500, max: 100_000 }),
  mean: fc.double({ min: -10, max: 10, noNaN: true }),
  variance: fc.double({ min: 0.01, max: 100, noNaN: true }),
});

const SYMMETRIC: readonly (readonly [string, fc.Arbitrary<unknown>, object])[] = [
  ['welch', VALUES, {}],
  ['proportions', PROPORTION, {}],
  ['proportions', PROPORTION, { interval: 'newcombe' }],
  ['fisher', PROPORTION, {}],
  ['chiSquared', PROPORTION, {}],
  ['ratio', PAIRS, {}],
  ['cuped', PAIRS, {}],
  ['groupSequential', MOMENTS, { looks: 3, look: 2 }],
  ['asymptotic', MOMENTS, {}],
];

const OPPOSITE = { good: 'bad', bad: 'good', undecided: 'undecided', invalid: 'invalid' } as const;

function judge(control: unknown, candidate: unknown, options: object): ExperimentAnswer {
  return judgeExperiment({ control, candidate, options });
}

/** Equal up to rounding. */
function isNear(a: number | null | undefined, b: number | null | undefined): boolean {
  if (typeof a !== 'number' || typeof b !== 'number') return a === b;
  return Math.abs(a - b) <= 1e-7 * Math.max(1, Math.abs(a), Math.abs(b));
}

describe.each(SYMMETRIC)('the test %s of any data %#', (test, arm, more) => {
  const options = { test, ...more };

  it('swaps the verdict and mirrors the numbers when the arms are swapped', () => {
    fc.assert(
      fc.property(arm, arm, (one, other) => {
        const there = judge(one, other, options);
        const back = judge(other, one, options);
        expect(isNear(back.estimate, there.estimate === undefined ? undefined : -there.estimate)).toBe(true);
        expect(isNear(back.pValue, there.pValue)).toBe(true);
        // Where rounding decides there is no verdict to compare.
        if (Math.abs((there.pValue ?? 1) - 0.05) > 1e-7) expect(back.verdict).toBe(OPPOSITE[there.verdict]);
        if (there.interval === undefined) return;
        const [low, high] = there.interval;
        expect(isNear(back.interval?.[0], -high!) && isNear(back.interval?.[1], -low!)).toBe(true);
      }),
      { numRuns: test === 'groupSequential' ? 30 : 100 },
    );
  });

  it('has a p-value and a power between 0 and 1, and an interval around its estimate', () => {
    fc.assert(
      fc.property(arm, arm, (one, other) => {
        const { pValue = 0, power = 0, estimate = 0, interval } = judge(one, other, options);
        expect(pValue >= 0 && pValue <= 1 && power >= 0 && power <= 1).toBe(true);
        if (interval === undefined) return;
        const slack = 1e-12 * Math.max(1, Math.abs(estimate));
        expect(interval[0]! <= estimate + slack && estimate - slack <= interval[1]!).toBe(true);
      }),
      { numRuns: test === 'groupSequential' ? 30 : 100 },
    );
  });
});

describe('significance', () => {
  it.each([
    ['welch', {}],
    ['asymptotic', {}],
    ['groupSequential', { looks: 4, look: 2, spending: 'pocock' }],
  ])('in %s is the same as a boundary outside the interval', (test, more) => {
    fc.assert(
      fc.property(
        MOMENTS,
        MOMENTS,
        fc.record(
          { alternative: fc.constantFrom('two-sided', 'higher', 'lower'), margin: fc.constant(0.5) },
          { requiredKeys: ['alternative'] },
        ),
        (control, candidate, asked) => {
          const options = { test, ...more, ...asked };
          const { interval, significant, pValue } = judge(control, candidate, options);
          const boundary = -(asked.margin ?? 0);
          const isOutside = (interval![0] ?? -Infinity) > boundary || (interval![1] ?? Infinity) < boundary;
          fc.pre(Math.abs(pValue! - 0.05) > 1e-7);
          expect(significant).toBe(isOutside);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('does not depend on the unit of measurement', () => {
    fc.assert(
      fc.property(VALUES, VALUES, fc.constantFrom(1e-6, 0.001, 1000, 1e9), (one, other, unit) => {
        const scaled = (values: readonly number[]) => values.map((value) => value * unit);
        const before = judge(one, other, { test: 'welch' });
        const after = judge(scaled(one), scaled(other), { test: 'welch' });
        expect(isNear(after.pValue, before.pValue)).toBe(true);
      }),
    );
  });
});

describe('corrected p-values', () => {
  const PROBABILITIES = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 30 });

  it('keep the order, and are never smaller than the p-values themselves', () => {
    fc.assert(
      fc.property(
        PROBABILITIES,
        fc.constantFrom('benjaminiHochberg' as const, 'holm' as const, 'bonferroni' as const),
        (pValues, method) => {
          const corrected = adjusted(pValues, method);
          pValues.forEach((p, i) => {
            expect(corrected[i]! >= p && corrected[i]! <= 1).toBe(true);
            pValues.forEach((other, j) => {
              if (p <= other) expect(corrected[i]).toBeLessThanOrEqual(corrected[j]!);
            });
          });
        },
      ),
    );
  });

  it('of Benjamini and Hochberg are at most those of Holm, which are at most those of Bonferroni', () => {
    fc.assert(
      fc.property(PROBABILITIES, (pValues) => {
        const [loose, middle, strict] = (['benjaminiHochberg', 'holm', 'bonferroni'] as const).map((method) =>
          adjusted(pValues, method),
        );
        pValues.forEach((_, index) => {
          expect(loose![index]! <= middle![index]! + 1e-15).toBe(true);
          expect(middle![index]! <= strict![index]! + 1e-15).toBe(true);
        });
      }),
    );
  });
});

describe('whatever arrives', () => {
  const NUMBER = fc.oneof(
    { weight: 20, arbitrary: fc.nat(1000) },
    { weight: 1, arbitrary: fc.double() },
    {
      weight: 1,
      arbitrary: fc.constantFrom(null, 0, -1, 0.5, 1e308, -1e308, 5e-324, Number.MAX_SAFE_INTEGER),
    },
  );
  const list = fc.array(NUMBER, { maxLength: 12 });
  const moments = fc.record({ n: NUMBER, mean: NUMBER, variance: NUMBER });
  const counts = fc.record({ successes: NUMBER, trials: NUMBER });
  const columns = fc.record({ x: list, y: list });
  const sums = fc.record({
    n: NUMBER,
    sumX: NUMBER,
    sumY: NUMBER,
    sumXX: NUMBER,
    sumYY: NUMBER,
    sumXY: NUMBER,
  });
  const bits = fc.array(fc.constantFrom(0, 1), { maxLength: 12 });
  const FORMS = {
    welch: fc.oneof(list, moments),
    proportions: fc.oneof(counts, bits),
    chiSquared: fc.oneof(counts, list),
    fisher: fc.oneof(counts, bits),
    ratio: fc.oneof(columns, sums),
    cuped: fc.oneof(columns, sums),
    asymptotic: fc.oneof(list, moments, counts, sums),
    sampleRatio: fc.oneof(NUMBER, list, moments, counts, columns),
  };
  const EVEN = { control: 1, candidate: 1 };
  const SPLITS = fc.constantFrom(undefined, undefined, undefined, EVEN, {
    control: 1e300,
    candidate: 1e-300,
  });
  const JUDGED = {
    goal: fc.constantFrom('increase', 'decrease'),
    minimumEffect: fc.constantFrom(0.1, 1e-300, 1e300),
  };
  const SIDED = { ...JUDGED, alternative: fc.constantFrom('two-sided', 'higher', 'lower') };
  const ESTIMATED = { ...SIDED, relative: fc.boolean(), margin: fc.constantFrom(0.1, 1e300) };
  const OPTIONS = {
    welch: ESTIMATED,
    proportions: ESTIMATED,
    chiSquared: JUDGED,
    fisher: SIDED,
    ratio: ESTIMATED,
    cuped: ESTIMATED,
    asymptotic: { ...ESTIMATED, minimumSamples: fc.constant(100) },
    sampleRatio: {},
  };
  const CASE = fc.constantFrom(...(Object.keys(FORMS) as (keyof typeof FORMS)[])).chain((test) => {
    const arm = fc.oneof({ weight: 30, arbitrary: FORMS[test] }, fc.constantFrom(undefined, null, []));
    const options = fc
      .tuple(fc.record<object>(OPTIONS[test], { requiredKeys: [] }), SPLITS)
      .map(([chosen, allocation]) => ({
        test,
        ...chosen,
        ...(allocation === undefined ? {} : { allocation }),
      }));
    return fc.record({ control: arm, candidate: arm, options });
  });

  it('is answered with finite numbers and a reason, or its form is refused', () => {
    const verdicts = new Map<string, number>();
    fc.assert(
      fc.property(CASE, ({ control, candidate, options }) => {
        const answer = answerOrRefusal(control, candidate, options);
        verdicts.set(answer?.verdict ?? 'refused', (verdicts.get(answer?.verdict ?? 'refused') ?? 0) + 1);
        if (answer === undefined) return;
        expect(numbersIn(answer).filter((value) => !Number.isFinite(value))).toEqual([]);
        expect(answer.reason).not.toMatch(/NaN|Infinity|undefined|null/);
      }),
      { numRuns: 5000 },
    );
    for (const verdict of ['good', 'bad', 'undecided', 'invalid']) {
      expect([verdict, (verdicts.get(verdict) ?? 0) > 20]).toEqual([verdict, true]);
    }
  });
});

function numbersIn(value: unknown): readonly number[] {
  if (typeof value === 'number') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(numbersIn) : [];
}

function answerOrRefusal(
  control: unknown,
  candidate: unknown,
  options: object,
): ExperimentAnswer | undefined {
  try {
    return judge(control, candidate, options);
  } catch (thrown) {
    if (thrown instanceof Failure && thrown.code === 'usage') return undefined;
    throw thrown;
  }
}
