import { describe, expect, test } from 'vitest';
import { traceOf, type Scenario } from '../../bench/traces.ts';
import type { Analysis, Check, SequentialSettings } from '../rollout/model.ts';
import { addTick, beginStep, judge, startEvidence } from './evidence.ts';

/** Seeded releases in which the hypothesis holds, often at its very edge: how many are ever called otherwise. */
const RUNS = 120;
const STEPS = 3;
const SECONDS_PER_STEP = 40;
/** The promise tested; 5 % of the runs and three standard errors. */
const PROMISE = 0.05;
const MOST_WRONG = 13;

function ever(verdict: 'good' | 'bad', check: Check, scenario: Scenario): number {
  const checks = [check];
  const analysis: Analysis = {
    compareTo: 'stable',
    falseAlarms: PROMISE,
    warmUpMs: 0,
    undecided: 'advance',
    noData: 'hold',
    checks,
  };
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
