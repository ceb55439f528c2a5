import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalQuantile } from '../distributions/normal.ts';
import { classifyMetric, type MetricResult } from './classify.ts';
import type { Label } from './label.ts';
import { locationShift } from './location-shift.ts';
import { readScoreOptions } from './options.ts';
import type { WrittenScoreOptions } from './written-options.ts';

type Values = readonly number[];

function classified(control: Values, candidate: Values, written: WrittenScoreOptions = {}): MetricResult {
  return classifyMetric({ control, candidate, options: readScoreOptions(written).options });
}

/** Hundreds with three decimals: far above the root finder's tolerance. */
const sample = fc.array(
  fc.integer({ min: 100_000, max: 900_000 }).map((value) => value / 1000),
  { minLength: 5, maxLength: 30 },
);
const factor = fc.constantFrom(0.25, 0.5, 1, 1.5, 3);
const SWAPPED: Readonly<Partial<Record<Label, Label>>> = { High: 'Low', Low: 'High' };

/**
 * True when the label hangs on what the root finder leaves open: the last digits, and, where the middle of the differences
 * lies between two of them, any shift from one to the other, from which the bounds are made.
 */
function isClose(...results: readonly MetricResult[]): boolean {
  const compared = results.flatMap(({ comparison }) => comparison ?? []);
  const bounds = compared.map(({ bounds: { upper } }) => upper);
  const ends = compared.flatMap(({ interval }) => [Math.abs(interval.low), Math.abs(interval.high)]);
  const [least, most] = [Math.min(...bounds) - 0.01, Math.max(...bounds) + 0.01];
  return ends.some((end) => end >= least && end <= most);
}

describe('a classified metric', () => {
  it('changes High and Low when the arms are exchanged', () => {
    fc.assert(
      fc.property(sample, sample, factor, (control, other, times) => {
        const candidate = other.map((value) => value * times);
        const [there, back] = [classified(control, candidate), classified(candidate, control)];
        fc.pre(!isClose(there, back));
        expect(back.label).toBe(SWAPPED[there.label] ?? there.label);
      }),
    );
  });

  it('is never High when only decrease fails, nor Low when only increase does', () => {
    fc.assert(
      fc.property(sample, sample, factor, (control, other, times) => {
        const candidate = other.map((value) => value * times);
        const { label } = classified(control, candidate);
        const up = classified(control, candidate, { direction: 'increase' }).label;
        const down = classified(control, candidate, { direction: 'decrease' }).label;
        expect([up, down]).toEqual([label === 'Low' ? 'Pass' : label, label === 'High' ? 'Pass' : label]);
      }),
    );
  });

  it('does not depend on the order of values', () => {
    fc.assert(
      fc.property(sample, sample, (control, candidate) => {
        const turned = classified([...control].reverse(), [...candidate].reverse());
        expect(turned.label).toBe(classified(control, candidate).label);
        expect(turned.comparison?.interval).toEqual(classified(control, candidate).comparison?.interval);
      }),
    );
  });

  it('has the same label in a larger unit', () => {
    fc.assert(
      fc.property(sample, sample, factor, (control, other, times) => {
        const candidate = other.map((value) => value * times);
        const here = classified(control, candidate);
        const larger = classified(
          control.map((value) => value * 1024),
          candidate.map((value) => value * 1024),
        );
        fc.pre(!isClose(here) && !isClose(larger));
        expect(larger.label).toBe(here.label);
      }),
    );
  });

  it('is High, Low or critical only by the effect that was allowed', () => {
    fc.assert(
      fc.property(sample, sample, factor, (control, other, times) => {
        const candidate = other.map((value) => value * times);
        const { label, critical, deviation } = classified(control, candidate, {
          critical: true,
          effectSize: {
            allowedIncrease: 1.2,
            allowedDecrease: 0.8,
            criticalIncrease: 2,
            criticalDecrease: 0.4,
          },
        });
        if (label === 'High') expect([deviation >= 1.2, critical]).toEqual([true, deviation >= 2]);
        else if (label === 'Low') expect([deviation <= 0.8, critical]).toEqual([true, deviation <= 0.4]);
        else expect(critical).toBe(false);
      }),
    );
  });

  it('of an even distribution against itself passes', () => {
    const values = Array.from({ length: 100 }, (_, i) => 100 + normalQuantile((i + 0.5) / 100));
    const { label, comparison } = classified(
      values,
      values.map((value) => value + 0.01),
    );
    expect(label).toBe('Pass');
    expect(comparison?.interval.low).toBeLessThan(0);
  });

  it('treats a negative zero as a zero', () => {
    expect(classified([0, 0, 1], [-0, -0, 1]).label).toBe('Pass');
    expect(classified([-0, 0, 1, 2], [0, 1, 2, 3])).toEqual(classified([0, 0, 1, 2], [0, 1, 2, 3]));
  });

  it('without values in one arm after gaps are removed says which', () => {
    expect(classified([1, 2], [NaN, NaN], {}).reason).toBe('the metric: no data for the canary');
    expect(classified([NaN], [1, 2], {}).reason).toBe('the metric: no data for the baseline');
  });

  it('is labelled Error when all values are tied at the shift between them', () => {
    const { label, critical, deviation, comparison } = classified([10], [1], { critical: true });
    expect([label, critical, deviation, comparison]).toEqual(['Error', false, NaN, undefined]);
  });

  it('takes 720 values against 720 in a few milliseconds', () => {
    const control = Array.from({ length: 720 }, (_, i) => 100 + ((i * 7919) % 720) / 10);
    const candidate = control.map((value) => value * 1.02 + 0.001);
    const statistics = { calls: 0 };
    const counting = new Proxy(control, {
      get(target, key) {
        statistics.calls += 1;
        return Reflect.get(target, key) as unknown;
      },
    });
    classified(counting, candidate);
    // Time is not asserted; what is read is: a few passes, not one per pair.
    expect(statistics.calls).toBeLessThan(720 * 20);
  });
});

describe('two constants', () => {
  /** The label with noise of another source, as Kayenta would draw it. */
  function labelByChance(control: Values, candidate: Values, next: () => number): Label {
    const spread = (values: Values) =>
      values.map((value) => value + next() * value * 1e-5).sort((a, b) => a - b);
    const shift = locationShift(
      { candidate: spread(candidate), control: spread(control) },
      -normalQuantile((1 - 0.98) / 2),
    );
    if (shift === undefined) return 'Error';
    const bound = 0.25 * Math.abs(shift.estimate);
    if (shift.low > bound) return 'High';
    return shift.high < -bound ? 'Low' : 'Pass';
  }

  it('have the label that any other noise gives them too', () => {
    const level = fc.constantFrom(-3, 0, 1e-5, 2e-5, 1, 1.01, 9, 10, 1e9);
    const count = fc.integer({ min: 2, max: 40 });
    const arm = fc.tuple(level, count).map(([value, n]) => new Array<number>(n).fill(value));
    fc.assert(
      fc.property(arm, arm, fc.integer({ min: 1, max: 2 ** 31 - 2 }), (control, candidate, seed) => {
        fc.pre(control[0] !== candidate[0]);
        let state = seed;
        const next = () => normalQuantile((state = (state * 48_271) % 2_147_483_647) / 2_147_483_647);
        // By the chance of being larger, so that the sign of a mean does not matter.
        const { label } = classified(control, candidate, { effectSize: { measure: 'cles' } });
        expect(label).toBe(labelByChance(control, candidate, next));
      }),
      { numRuns: 300 },
    );
  });
});
