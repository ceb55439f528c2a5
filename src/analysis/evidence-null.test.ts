import { describe, expect, test } from 'vitest';
import { traceOf, type Scenario } from '../../bench/traces.ts';
import type { Analysis, Check, SequentialSettings } from '../rollout/model.ts';
import { analysisOf, checkOf as aCheck, METRICS, sequential } from '../../test/analysis/ticks.ts';
import { addTick, beginStep, judge, startEvidence } from './evidence.ts';
import { logLimit } from './stats/e-values.ts';
import { addEach, logMean } from './stats/log-sum.ts';
import { HARM_RATIOS, ratioTerms } from './stats/ratio-e-process.ts';
import type { Tick } from './measurement.ts';

/** Seeded releases in which the hypothesis holds, often at its very edge: how many are ever called otherwise. */
const RUNS = 120;
const STEPS = 3;
const SECONDS_PER_STEP = 40;
/** The promise tested; 5 % of the runs and three standard errors. */
const PROMISE = 0.05;
const MOST_WRONG = 13;

function ever(verdict: 'good' | 'bad', check: Check, scenario: Scenario): number {
  return everWith(verdict, { ...analysisOf(check), falseAlarms: PROMISE }, scenario);
}

function everWith(verdict: 'good' | 'bad', analysis: Analysis, scenario: Scenario): number {
  let count = 0;
  for (let seed = 1; seed <= RUNS; seed += 1)
    if (isReached(verdict, analysis, traceOf(scenario, seed))) count += 1;
  return count;
}

function isReached(verdict: string, analysis: Analysis, trace: ReturnType<typeof traceOf>): boolean {
  let evidence = startEvidence(analysis, STEPS);
  /** Safety is promised for each step. */
  const steps = verdict === 'good' ? 1 : STEPS;
  for (let step = 0; step < steps; step += 1) {
    evidence = beginStep(analysis, evidence);
    for (let second = 0; second < SECONDS_PER_STEP; second += 1) {
      evidence = addTick(analysis, evidence, trace.next().value);
      if (judge(analysis, evidence).verdict === verdict) return true;
    }
  }
  return false;
}

function checkOf(
  kind: 'errors' | 'latency',
  settings: Omit<SequentialSettings, 'kind'>,
  floor?: number,
): Check {
  const judgeSettings = { kind: 'sequential', ...settings } as const;
  return {
    name: kind,
    metric: { kind },
    judge: judgeSettings,
    weight: 1,
    ...(floor === undefined ? {} : { floor }),
  };
}

/** Both arms alike but for `candidate`; `common` moves them together. */
function arms(
  candidate: { readonly errors?: number; readonly slowness?: number },
  common: (second: number) => {
    readonly errors?: number;
    readonly slowness?: number;
    readonly share?: number;
  } = () => ({}),
): Scenario {
  return (second) => {
    const { errors = 0.02, slowness = 1, share = 0.2 } = common(second);
    return {
      candidate: {
        requestsPerSecond: 60 * share,
        errorRate: Math.min(1, errors * (candidate.errors ?? 1)),
        slowness: slowness * (candidate.slowness ?? 1),
      },
      control: { requestsPerSecond: 60 * (1 - share), errorRate: errors, slowness },
    };
  };
}

const drifting = (second: number): { errors: number; slowness: number } => ({
  errors: second % 60 < 15 ? 0.2 : 0.01,
  slowness: 1 + 0.5 * Math.sin(second / 9) ** 2,
});
const regrouping = (second: number): { errors: number; slowness: number; share: number } => ({
  ...drifting(second),
  share: second % 30 < 15 ? 0.05 : 0.5,
});
/** Two buckets: what a margin of 3 % becomes. */
const HELD_MARGIN = 2 ** (2 / 32);

describe('a candidate that is not worse is not called bad', () => {
  const errors = checkOf('errors', { worseBy: 0.1 });
  const latency = checkOf('latency', { worseBy: 0.03 });
  const strict = checkOf('latency', { worseBy: 0 });
  test.each([
    ['errors exactly at the margin', errors, arms({ errors: 1.1 })],
    ['errors at the margin, with bursts', errors, arms({ errors: 1.1 }, drifting)],
    ['errors at the margin, with bursts and a moving split', errors, arms({ errors: 1.1 }, regrouping)],
    [
      'errors far above the margin, exactly at the floor',
      checkOf('errors', { worseBy: 0.1 }, 0.05),
      arms({ errors: 50 }, () => ({ errors: 0.001 })),
    ],
    ['latency exactly at the margin', latency, arms({ slowness: HELD_MARGIN })],
    ['latency at the margin, with drift', latency, arms({ slowness: HELD_MARGIN }, drifting)],
    ['equal latency without a margin, with drift', strict, arms({}, drifting)],
    ['equal latency without a margin, with drift and a moving split', strict, arms({}, regrouping)],
  ])('%s', (_, check, scenario) => {
    expect(ever('bad', check, scenario)).toBeLessThanOrEqual(MOST_WRONG);
  });
});

describe('a candidate that is exactly as bad as the safety margin is not called good', () => {
  const errors = checkOf('errors', { worseBy: 10, safe: { ratio: 2 } });
  const floored = checkOf('errors', { worseBy: 10, safe: { ratio: 2 } }, 0.04);
  const absolute = checkOf('errors', { worseBy: 10, safe: { absolute: 0.04 } });
  const latency = checkOf('latency', { worseBy: 10, safe: { ratio: 1.3 } });
  const SAFE_BUCKETS = Math.floor(Math.log2(1.3) * 32);
  test.each([
    ['errors', errors, arms({ errors: 2 })],
    ['errors with bursts and a moving split', errors, arms({ errors: 2 }, regrouping)],
    ['errors at the floor as well', floored, arms({ errors: 2 })],
    ['errors at an absolute limit', absolute, arms({ errors: 2 })],
    ['latency', latency, arms({ slowness: 2 ** (SAFE_BUCKETS / 32) })],
    ['latency with drift', latency, arms({ slowness: 2 ** (SAFE_BUCKETS / 32) }, drifting)],
  ])('%s', (_, check, scenario) => {
    expect(ever('good', check, scenario)).toBeLessThanOrEqual(MOST_WRONG);
  });
});

/** The gateway's counts as a source would tell them: failures of requests, failures a second, answers as sizes. */
function* asMeasured(trace: Generator<Tick, never>, share: number): Generator<Tick, never> {
  for (;;) {
    const tick = trace.next().value;
    const { candidate, control } = tick;
    const counts = (arm: typeof candidate) => ({ trials: arm.requests, events: arm.errors });
    yield {
      ...tick,
      measured: {
        ratio: { kind: 'counts', candidate: counts(candidate), control: counts(control) },
        rate: {
          kind: 'counts',
          candidate: { trials: share * tick.ms, events: candidate.errors },
          control: { trials: (1 - share) * tick.ms, events: control.errors },
        },
        size: { kind: 'distribution', candidate: candidate.latency, control: control.latency },
      },
    };
  }
}

describe('at the edge of other directions and metrics', () => {
  const named = (
    name: 'ratio' | 'rate' | 'size',
    worse: 'lower' | 'either' | undefined,
    floor?: number,
  ): Check =>
    sequential(
      METRICS[name],
      { worseBy: name === 'size' ? 0.03 : 0.1 },
      { name, ...(worse === undefined ? {} : { worse }), ...(floor === undefined ? {} : { floor }) },
    );
  const SHARE = 0.2;
  const count = (verdict: 'good' | 'bad', check: Check, scenario: Scenario): number => {
    let reached = 0;
    for (let seed = 1; seed <= RUNS; seed += 1) {
      const trace = asMeasured(traceOf(scenario, 5_000 + seed), SHARE);
      if (isReached(verdict, { ...analysisOf(check), falseAlarms: PROMISE }, trace)) reached += 1;
    }
    return reached;
  };
  const common = (second: number): { errors: number } => ({ errors: second % 60 < 15 ? 0.3 : 0.05 });

  test.each([
    ['a rate exactly at the margin', named('rate', undefined), arms({ errors: 1.1 }, common)],
    ['a rate exactly at the lower margin', named('rate', 'lower'), arms({ errors: 1 / 1.1 }, common)],
    ['a ratio exactly at the lower margin', named('ratio', 'lower'), arms({ errors: 1 / 1.1 }, common)],
    ['a ratio at the upper margin of either', named('ratio', 'either'), arms({ errors: 1.1 }, common)],
    ['a ratio at the lower margin of either', named('ratio', 'either'), arms({ errors: 1 / 1.1 }, common)],
    // Of 60 requests a second, if the candidate had all of them, 3 fail.
    [
      'a rate exactly at its floor',
      named('rate', undefined, 3),
      arms({ errors: 5 }, () => ({ errors: 0.01 })),
    ],
    [
      'a rate at its lower floor',
      named('rate', 'lower', 3),
      arms({ errors: 0.125 }, () => ({ errors: 0.4 })),
    ],
    ['sizes exactly at the lower margin', named('size', 'lower'), arms({ slowness: 1 / HELD_MARGIN })],
    [
      'sizes at a margin of either, with drift',
      named('size', 'either'),
      arms({ slowness: HELD_MARGIN }, drifting),
    ],
  ])('%s is not called bad', (_, check, scenario) => {
    expect(count('bad', check, scenario)).toBeLessThanOrEqual(MOST_WRONG);
  });

  test.each([
    ['a rate that falls', named('rate', 'lower'), arms({ errors: 0.1 }, () => ({ errors: 0.2 }))],
    [
      'a ratio that falls, of either',
      named('ratio', 'either'),
      arms({ errors: 0.1 }, () => ({ errors: 0.2 })),
    ],
    ['smaller sizes', named('size', 'lower'), arms({ slowness: 0.6 })],
  ])('%s is found all the same', (_, check, scenario) => {
    expect(count('bad', check, scenario)).toBeGreaterThan(0.9 * RUNS);
  });
});

describe('several checks at the edge together', () => {
  const edge = arms({ errors: 1.1, slowness: HELD_MARGIN });
  const errors = { ...checkOf('errors', { worseBy: 0.1 }), weight: 3 };
  const latency = checkOf('latency', { worseBy: 0.03 });
  const budget = aCheck(METRICS.errors, { kind: 'slo', budget: 0.022 }, { name: 'budget' });
  const wide = { max: 0.9, everyMs: 5_000, failures: { limit: 0, consecutive: false } };
  const limit = aCheck(METRICS.errors, { kind: 'threshold', ...wide }, { name: 'limit', weight: 9 });

  test.each([
    ['of one kind', [errors, latency, budget]],
    ['and a threshold', [errors, limit, latency]],
  ])('%s raise no more alarms than promised', (_, checks) => {
    const analysis = { ...analysisOf(...checks), falseAlarms: PROMISE };
    expect(everWith('bad', analysis, edge)).toBeLessThanOrEqual(MOST_WRONG);
  });
});

describe('errors in clusters', () => {
  /** Failing calls are tried again until five have failed, on either track alike. */
  const retried: Scenario = (second, noise) => {
    const { candidate, control } = arms({}, () => ({ errors: 0.1, share: 0.2 }))(second, noise);
    return { candidate: { ...candidate, clump: 5 }, control: { ...control, clump: 5 } };
  };
  const errors = checkOf('errors', { worseBy: 0.1 });
  const WARM = { ...analysisOf(errors), falseAlarms: PROMISE, warmUpMs: 30_000 };

  test('raise no more alarms than promised', () => {
    expect(everWith('bad', WARM, retried)).toBeLessThanOrEqual(MOST_WRONG);
  });

  test('would, were each error counted', () => {
    let alarms = 0;
    for (let seed = 1; seed <= RUNS; seed += 1) {
      const trace = traceOf(retried, seed);
      let ratios: readonly number[] = HARM_RATIOS.map(() => 0);
      for (let second = 0; second < STEPS * SECONDS_PER_STEP; second += 1) {
        const { candidate, control } = trace.next().value;
        if (second < 30) continue;
        const suspect = { trials: candidate.requests, events: candidate.errors };
        const reference = { trials: control.requests, events: control.errors };
        ratios = addEach(ratios, ratioTerms({ suspect, reference, tolerated: 1.1 }, HARM_RATIOS));
        if (logMean(ratios) < logLimit(PROMISE)) continue;
        alarms += 1;
        break;
      }
    }
    expect(alarms).toBeGreaterThan(2 * MOST_WRONG);
  });
});

describe('the same simulation', () => {
  const errors = checkOf('errors', { worseBy: 0.1 });
  const latency = checkOf('latency', { worseBy: 0.03 });
  const safe = checkOf('latency', { worseBy: 10, safe: { ratio: 1.3 } });
  test.each([
    { finds: 'more errors', verdict: 'bad', check: errors, scenario: arms({ errors: 5 }) },
    { finds: 'a slower candidate', verdict: 'bad', check: latency, scenario: arms({ slowness: 1.5 }) },
    {
      finds: 'harm under drift',
      verdict: 'bad',
      check: latency,
      scenario: arms({ slowness: 1.5 }, drifting),
    },
    { finds: 'a good one safe', verdict: 'good', check: safe, scenario: arms({}) },
  ] as const)('finds $finds', ({ verdict, check, scenario }) => {
    expect(ever(verdict, check, scenario)).toBeGreaterThan(0.9 * RUNS);
  });
});
