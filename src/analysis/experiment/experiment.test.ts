import { describe, expect, it } from 'vitest';
import type { ExperimentAnswer } from './answer.ts';
import { judgeExperiment } from './experiment.ts';

const LOW = [10, 11, 9, 10, 12, 10, 9, 11, 10, 10];
const HIGH = [13, 14, 12, 13, 15, 12, 13, 14, 13, 12];

function judge(control: unknown, candidate: unknown, options: object): ExperimentAnswer {
  return judgeExperiment({ control, candidate, options });
}

describe('the verdict', () => {
  it.each([
    ['a significant rise is good when more is better', LOW, HIGH, {}, 'good'],
    ['a significant fall is bad when more is better', HIGH, LOW, {}, 'bad'],
    ['a significant rise is bad when less is better', LOW, HIGH, { goal: 'decrease' }, 'bad'],
    ['a significant fall is good when less is better', HIGH, LOW, { goal: 'decrease' }, 'good'],
    ['a significant rise is bad when nothing should change', LOW, HIGH, { goal: 'same' }, 'bad'],
    ['equal arms are undecided', LOW, LOW, {}, 'undecided'],
    ['a one-sided test does not see the other side', HIGH, LOW, { alternative: 'higher' }, 'undecided'],
    ['a one-sided test sees its own side', HIGH, LOW, { alternative: 'lower' }, 'bad'],
    ['equal arms are good within a margin', LOW, LOW, { margin: 3 }, 'good'],
    ['equal arms prove nothing within a narrow margin', LOW, LOW, { margin: 0.2 }, 'undecided'],
    ['worse by more than the margin is bad', HIGH, LOW, { margin: 1 }, 'bad'],
    ['worse, but within the margin, is good', HIGH, LOW, { margin: 5 }, 'good'],
    ['worse by about the margin is undecided', HIGH, LOW, { margin: 3 }, 'undecided'],
    ['less is better: a rise within the margin is good', LOW, HIGH, { goal: 'decrease', margin: 5 }, 'good'],
    ['a margin may be a share of the control', HIGH, LOW, { margin: 0.4, relative: true }, 'good'],
    ['a small alpha asks for more', LOW, HIGH, { alpha: 1e-12 }, 'undecided'],
  ] as const)('%s', (...row) => {
    const [, control, candidate, options, verdict] = row;
    const answer = judge(control, candidate, { test: 'welch', ...options });
    expect(answer.verdict).toBe(verdict);
    if (verdict !== 'undecided') expect(answer.significant).toBe(true);
  });

  it('gives its numbers in one sentence', () => {
    expect(judge(LOW, HIGH, { test: 'welch' }).reason).toBe(
      'candidate 13.1 against control 10.2, 2.9 higher (95 % interval 2 to 3.8, p below 0.0001); significantly better',
    );
  });

  it('is the same for values and for their summary', () => {
    const values = judge([1, 2, 3, 4], [2, 4, 6, 9], { test: 'welch' });
    const summary = judge(
      { n: 4, mean: 2.5, variance: 5 / 3 },
      { n: 4, mean: 5.25, variance: 26.75 / 3 },
      { test: 'welch' },
    );
    expect(summary.pValue).toBeCloseTo(values.pValue!, 12);
    const zeros = judge([1, 0, 0, 1, 0, 1], [1, 1, 1, 1, 0, 1], { test: 'fisher' });
    const counts = judge({ successes: 3, trials: 6 }, { successes: 5, trials: 6 }, { test: 'fisher' });
    expect(counts).toEqual(zeros);
  });

  it('is the same for columns and for their sums', () => {
    const pairs = (shift: number) => ({ x: [1, 2, 4, 3, 5], y: [2, 3, 6, 5, 8].map((y) => y + shift) });
    const sums = ({ x, y }: ReturnType<typeof pairs>) => ({
      n: x.length,
      sumX: total(x),
      sumY: total(y),
      sumXX: total(x.map((value) => value * value)),
      sumYY: total(y.map((value) => value * value)),
      sumXY: total(x.map((value, index) => value * y[index]!)),
    });
    for (const test of ['ratio', 'cuped']) {
      const byColumns = judge(pairs(0), pairs(1), { test });
      const bySums = judge(sums(pairs(0)), sums(pairs(1)), { test });
      expect(bySums.estimate).toBeCloseTo(byColumns.estimate!, 12);
      expect(bySums.pValue).toBeCloseTo(byColumns.pValue!, 12);
    }
  });
});

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

describe('a split that was not planned', () => {
  const many = (successes: number, trials: number) => ({ successes, trials });

  it('makes every comparison invalid, before anything else is looked at', () => {
    const answer = judge(many(100, 1000), many(400, 1300), {
      test: 'proportions',
      allocation: { control: 1, candidate: 1 },
    });
    expect(answer.verdict).toBe('invalid');
    expect(answer.estimate).toBeUndefined();
    expect(answer.sampleRatio).toMatchObject({ expected: 0.5, mismatch: true });
    expect(answer.reason).toContain('56.52 % of the units, 50 % were planned');
  });

  it('is not what was planned otherwise', () => {
    const answer = judge(many(100, 1000), many(13, 130), {
      test: 'proportions',
      allocation: { control: 9, candidate: 1 },
    });
    expect(answer.verdict).toBe('undecided');
    expect(answer.sampleRatio?.mismatch).toBe(false);
  });

  it('shows when one arm is silent', () => {
    const options = { test: 'welch', allocation: { control: 1, candidate: 1 } };
    expect(
      judge(
        Array.from({ length: 40 }, (_, i) => i),
        [],
        options,
      ).verdict,
    ).toBe('invalid');
  });

  it('counts the units of every form of data', () => {
    const allocation = { control: 1, candidate: 1 };
    const column = (length: number) => ({
      x: new Array<number>(length).fill(1),
      y: new Array<number>(length).fill(2),
    });
    const sums = (n: number) => ({ n, sumX: n, sumY: n, sumXX: 2 * n, sumYY: 2 * n, sumXY: n });
    const cases: readonly (readonly [string, unknown, unknown])[] = [
      ['cuped', column(20), column(80)],
      ['ratio', sums(20), sums(80)],
      ['welch', { n: 20, mean: 1, variance: 1 }, { n: 80, mean: 1, variance: 1 }],
      ['chiSquared', [10, 10], [40, 40]],
      ['fisher', many(3, 20), many(3, 80)],
      ['asymptotic', column(20).y, column(80).y],
    ];
    for (const [test, control, candidate] of cases) {
      expect([test, judge(control, candidate, { test, allocation }).verdict]).toEqual([test, 'invalid']);
    }
  });

  it('needs eight units in each arm to be told', () => {
    const options = { test: 'sampleRatio', allocation: { control: 1, candidate: 1 } };
    expect(judge(15, 0, options).verdict).toBe('undecided');
    expect(judge(16, 0, options).verdict).toBe('invalid');
    expect(judge(8, 8, options).verdict).toBe('good');
  });
});

describe('planned looks', () => {
  const from = { n: 400, mean: 10, variance: 4 };
  const to = (mean: number) => ({ n: 400, mean, variance: 4 });

  it('use the bound of their look', () => {
    const first = judge(from, to(10.4), { test: 'groupSequential', looks: 5, look: 1 });
    const last = judge(from, to(10.4), { test: 'groupSequential', looks: 5, look: 5 });
    expect(first).toMatchObject({ verdict: 'undecided', significant: false });
    expect(first.bound).toBeCloseTo(4.8769, 4);
    expect(last).toMatchObject({ verdict: 'good', significant: true });
    expect(last.bounds).toHaveLength(5);
    expect(last.spent).toBeCloseTo(0.05, 12);
    expect(first.statistic).toBe(last.statistic);
  });

  it('have a p-value that is below alpha exactly when the bound is crossed', () => {
    const options = {
      test: 'groupSequential',
      fractions: [0.3, 0.7],
      spending: 'pocock',
      alternative: 'higher',
    };
    const { bound } = judge(from, to(10.2), options);
    const error = Math.sqrt(8 / 400);
    const inside = judge(from, to(10 + error * (bound! - 1e-4)), options);
    const outside = judge(from, to(10 + error * (bound! + 1e-4)), options);
    expect([inside.significant, outside.significant]).toEqual([false, true]);
    expect(inside.pValue).toBeCloseTo(0.05, 3);
    expect(outside.interval![0]).toBeGreaterThan(0);
    expect(outside.interval![1]).toBeNull();
    expect(inside.interval![0]).toBeLessThan(0);
  });

  it('judge proportions, ratios and CUPED as well', () => {
    const options = { test: 'groupSequential', looks: 2, look: 1 };
    const counts = judge({ successes: 30, trials: 400 }, { successes: 90, trials: 400 }, options);
    expect(counts.verdict).toBe('good');
    expect(counts.estimate).toBeCloseTo(0.15, 12);
    const x = Array.from({ length: 100 }, (_, index) => 1 + (index % 7));
    const pairs = (scale: number) => ({ x, y: x.map((value, index) => scale * value + (index % 3)) });
    for (const measure of ['ratio', 'cuped']) {
      expect(judge(pairs(1), pairs(2), { ...options, measure }).verdict).toBe('good');
    }
  });
});

describe('a confidence sequence', () => {
  it('waits for the first units', () => {
    const few = { n: 499, mean: 1, variance: 1 };
    const answer = judge(few, { ...few, mean: 9 }, { test: 'asymptotic' });
    expect(answer.verdict).toBe('undecided');
    expect(answer.reason).toBe('the smaller arm has 499 units; 500 are needed before a look');
  });

  it('is wider than the interval of a single look', () => {
    const arms = [
      { n: 3000, mean: 1, variance: 1 },
      { n: 3000, mean: 1.2, variance: 1 },
    ] as const;
    const always = judge(arms[0], arms[1], { test: 'asymptotic' });
    const once = judge(arms[0], arms[1], { test: 'welch' });
    expect(always).toMatchObject({ verdict: 'good', significant: true });
    expect(always.interval![0]).toBeLessThan(once.interval![0]!);
    expect(always.interval![1]).toBeGreaterThan(once.interval![1]!);
  });

  it('looks to one side when asked to', () => {
    const [from, to] = [
      { n: 3000, mean: 1.2, variance: 1 },
      { n: 3000, mean: 1, variance: 1 },
    ];
    expect(judge(from, to, { test: 'asymptotic', alternative: 'higher' })).toMatchObject({
      pValue: 1,
      significant: false,
    });
    expect(judge(from, to, { test: 'asymptotic', alternative: 'lower' })).toMatchObject({ verdict: 'bad' });
  });
});

describe('several p-values', () => {
  it('are corrected together', () => {
    const answer = judgeExperiment({ options: { test: 'adjust', pValues: [0.01, 0.04, 0.03, 0.5] } });
    expect(answer.rejected).toEqual([true, false, false, false]);
    expect(answer.qValues![1]).toBeCloseTo(0.16 / 3, 12);
    expect(answer).toMatchObject({ verdict: 'undecided', significant: true });
    expect(answer.reason).toBe(
      '1 of 4 tests are significant at 0.05 for all of them together (Benjamini–Hochberg)',
    );
  });
});

describe('power', () => {
  it('is that of the minimum effect, or says that it is of the one observed', () => {
    const named = judge(LOW, HIGH, { test: 'welch', minimumEffect: 1 });
    const unnamed = judge(LOW, HIGH, { test: 'welch' });
    expect(named.powerFor).toBe('minimumEffect');
    expect(unnamed.powerFor).toBe('observedEffect');
    expect(named.power).toBeLessThan(unnamed.power!);
    expect(named.samplesNeeded!.control).toBeGreaterThan(10);
    expect(named.reason).not.toContain('NaN');
  });

  it('of what is called detectable is what was aimed at', () => {
    const { detectable } = judge(LOW, HIGH, { test: 'welch', power: 0.9 });
    expect(judge(LOW, HIGH, { test: 'welch', minimumEffect: detectable! }).power).toBeCloseTo(0.9, 6);
  });

  it('of the units that are needed is what was aimed at', () => {
    const plan = { test: 'plan', measure: 'proportion', baseline: 0.1, minimumEffect: 0.1, relative: true };
    const { samplesNeeded } = judgeExperiment({
      options: { ...plan, allocation: { control: 3, candidate: 1 } },
    });
    const back = judgeExperiment({ options: { ...plan, samples: samplesNeeded } });
    expect(back.power).toBeCloseTo(0.8, 3);
    expect(back.detectable).toBeCloseTo(0.1, 3);
    expect(samplesNeeded!.control / samplesNeeded!.candidate).toBeCloseTo(3, 2);
  });

  it('of a plan without an effect is what can be found', () => {
    const samples = { control: 1000, candidate: 1000 };
    const answer = judgeExperiment({ options: { test: 'plan', measure: 'mean', variance: 4, samples } });
    expect(answer.detectable).toBeCloseTo((1.959964 + 0.841621) * Math.sqrt(8 / 1000), 6);
    expect(answer.reason).toBe('the smallest effect that can be found is 0.2506');
  });
});
