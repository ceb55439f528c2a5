import { describe, expect, it } from 'vitest';
import { normalTail } from '../distributions/normal.ts';
import { classifyMetric } from './classify.ts';
import { commonLanguageEffect } from './effect-size.ts';
import { locationShift, ranksOf, standardScore } from './location-shift.ts';
import { readScoreOptions } from './options.ts';
import { quantileOfSorted } from './quantile.ts';
import golden from './score.golden.json' with { type: 'json' };

const sorted = (values: readonly number[]) => [...values].sort((a, b) => a - b);
const withNaN = (values: readonly (number | null)[]) => values.map((value) => value ?? NaN);

describe('numpy and scipy agree with', () => {
  it.each(golden.quantiles.map((row) => row as [number[], [number, number][]]))(
    'quantiles of %j',
    (values, expected) => {
      for (const [p, quantile] of expected) {
        expect(quantileOfSorted(sorted(values), p)).toBeCloseTo(quantile, 12);
      }
    },
  );

  it.each(golden.rankTests)('ranks, statistic and effect of $x against $y', ({ x, y, u, p }) => {
    const arms = { candidate: sorted(x), control: sorted(y) };
    expect(ranksOf(arms, 0).rankSum - (x.length * (x.length + 1)) / 2).toBe(u);
    expect(commonLanguageEffect(arms)).toBeCloseTo(u / (x.length * y.length), 12);
    const z = Math.abs(standardScore(arms, 0));
    expect(Math.min(1, 2 * normalTail(z))).toBeCloseTo(p, 10);
  });

  it.each(golden.crossings)('an interval found by trying every difference', ({ x, y, z, low, high }) => {
    const shift = locationShift({ candidate: sorted(x), control: sorted(y) }, z);
    expect(Math.abs((shift?.low ?? NaN) - low)).toBeLessThanOrEqual(1.01e-4);
    expect(Math.abs((shift?.high ?? NaN) - high)).toBeLessThanOrEqual(1.01e-4);
  });
});

describe('the definition run over scipy agrees', () => {
  it.each(golden.judgements)(
    '$expected.label for $options, control $control',
    ({ control, candidate, options, expected }) => {
      const result = classifyMetric({
        control: withNaN(control),
        candidate: withNaN(candidate),
        options: readScoreOptions(options).options,
      });
      expect(result.label).toBe(expected.label);
      expect(result.critical).toBe(expected.critical);
      const { interval, estimate, effect } = result.comparison ?? {};
      const scale = Math.max(1, ...[...control, ...candidate].map((value) => Math.abs(value ?? 0)));
      const numbers: readonly (readonly [number | undefined, number | null | undefined])[] = [
        [result.deviation, expected.deviation],
        [interval?.low, expected.low],
        [interval?.high, expected.high],
        [estimate, expected.estimate],
        [effect, expected.effect],
      ];
      for (const [ours = NaN, theirs] of numbers) {
        if (theirs == null) expect(ours).toBeNaN();
        else expect(Math.abs(ours - theirs)).toBeLessThanOrEqual(1e-12 * scale);
      }
    },
  );
});
