import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classifyMetric } from '../../../src/analysis/score/classify.ts';
import { readScoreOptions } from '../../../src/analysis/score/options.ts';
import { isSurelyNotHigh, type Looked } from './kayenta-record.ts';
import { scoreOf, type KayentaSettings } from './kayenta.ts';

const { options } = readScoreOptions({ direction: 'increase' });
const sorted = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);

describe('the short way to "not High"', () => {
  const values = fc.array(
    fc.integer({ min: 0, max: 60 }).map((value) => value / 2),
    { maxLength: 40 },
  );

  it('is never taken where the judge says High', () => {
    fc.assert(
      fc.property(values, values, fc.integer({ min: 0, max: 20 }), (control, others, shift) => {
        const candidate = others.map((value) => value + shift);
        if (!isSurelyNotHigh({ candidate: sorted(candidate), control: sorted(control) })) return;
        expect(classifyMetric({ control, candidate, options }).label).not.toBe('High');
      }),
      { numRuns: 500 },
    );
  });

  it('is taken for equal arms, which would cost most', () => {
    const arm = Array.from({ length: 60 }, (_, i) => (i * 37) % 61);
    expect(isSurelyNotHigh({ candidate: sorted(arm), control: sorted(arm.map((one) => one + 1)) })).toBe(
      true,
    );
  });
});

describe('the summary score', () => {
  const critical: KayentaSettings = { step: 60, everySeconds: 600, scoring: 'critical', allowedIncrease: 1 };
  const groups: KayentaSettings = { ...critical, scoring: 'groups' };
  const passing: Looked = { metric: 'errors', label: 'Pass', critical: false, effect: 1 };
  const high = (metric: Looked['metric'], effect: number): Looked => ({
    metric,
    label: 'High',
    critical: true,
    effect,
  });
  const median: Looked = { ...passing, metric: 'median' };
  const p99: Looked = { ...passing, metric: 'p99' };

  it.each([
    ['nothing fails', [passing, median, p99], critical, 100],
    ['one critical metric fails', [passing, median, high('p99', 1.1)], critical, 0],
    [
      'its effect is below the allowed one',
      [passing, median, high('p99', 1.1)],
      { ...critical, allowedIncrease: 1.25 },
      100,
    ],
    ['the tail alone fails in its group', [passing, median, high('p99', 3)], groups, 75],
    ['all of the latency group fails', [passing, high('median', 2), high('p99', 2)], groups, 50],
    ['errors fail', [high('errors', 9), median, p99], groups, 50],
    [
      'an effect without a value limits nothing',
      [high('errors', NaN), median, p99],
      { ...critical, allowedIncrease: 2 },
      0,
    ],
  ] as const)('when %s', (...[, looks, settings, score]) => {
    expect(scoreOf(looks, settings)).toBe(score);
  });
});
