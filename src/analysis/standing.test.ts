import { describe, expect, test } from 'vitest';
import { traceOf, type Scenario } from '../../bench/traces.ts';
import type { Analysis, Check } from '../rollout/model.ts';
import { NO_REQUESTS } from './measurement.ts';
import { contradiction, standingReport } from './standing-report.ts';
import {
  addStanding,
  isStandingFor,
  runOf,
  startStanding,
  type HalvesTick,
  type Standing,
} from './standing.ts';

const SINCE = 1_700_000_000_000;
const RUN_MS = 150_000;
const TICK_MS = 5_000;

const ERRORS: Check = {
  name: 'errors',
  metric: { kind: 'errors' },
  judge: { kind: 'sequential', worseBy: 0.1, safe: { ratio: 2 } },
  weight: 1,
};
const LATENCY: Check = {
  name: 'latency',
  metric: { kind: 'latency' },
  judge: { kind: 'sequential', worseBy: 0.03 },
  weight: 1,
};

function analysisOf(...checks: readonly Check[]): Analysis {
  return {
    compareTo: 'stable',
    falseAlarms: 0.02,
    warmUpMs: 30_000,
    undecided: 'advance',
    noData: 'hold',
    standingAA: true,
    checks,
  };
}

interface Half {
  readonly slowness?: number;
  readonly errorRate?: number;
}

/** Half a minute's second; `b` may differ from `a`. */
function halves(a: Half, b: Half, requestsPerSecond = 20): Scenario {
  const arm = ({ slowness = 1, errorRate = 0.01 }: Half) => ({ requestsPerSecond, errorRate, slowness });
  return () => ({ candidate: arm(b), control: arm(a) });
}

function* ticks(scenario: Scenario, seed: number): Generator<HalvesTick, never> {
  const trace = traceOf(scenario, seed);
  for (;;) {
    const { candidate, control } = trace.next().value;
    yield { ms: TICK_MS, a: control, b: candidate };
  }
}

function after(analysis: Analysis, scenario: Scenario, runs: number): Standing {
  const trace = ticks(scenario, 7);
  let standing = startStanding(analysis, SINCE);
  for (let i = 0; i < (runs * RUN_MS) / TICK_MS; i += 1)
    standing = addStanding(analysis, standing, { tick: trace.next().value, runMs: RUN_MS });
  return standing;
}

describe('stable against itself', () => {
  const analysis = analysisOf(ERRORS, LATENCY);

  test('keeps the promise when its halves are alike', () => {
    const standing = after(analysis, halves({}, {}), 30);
    const report = standingReport(analysis, standing);
    expect(report).toMatchObject({
      runs: 30,
      since: SINCE,
      promised: 0.02,
      contradicts: false,
      unmeasured: [],
    });
    expect(report.rate).toBeLessThanOrEqual(0.02);
    expect(report.checks.map(({ runs }) => runs)).toEqual([30, 30]);
    expect(contradiction(report)).toBeUndefined();
    expect(report.reason).toContain('30 runs');
  });

  test.each([
    // A margin of 3 % is rounded up to whole buckets, 4.4 %.
    { slowness: 1.05, atLeast: 0.03, written: '0%' },
    { slowness: 1.15, atLeast: 0.1, written: '0%' },
  ])('breaks it when one half takes $slowness times as long, and names a margin that would hold', (fault) => {
    const strict = analysisOf(ERRORS, { ...LATENCY, judge: { kind: 'sequential', worseBy: 0 } });
    const report = standingReport(strict, after(strict, halves({}, { slowness: fault.slowness }, 800), 8));
    const [errors, latency] = report.checks;
    // Harm is one-sided, and every second run has the slow half as the control.
    expect(latency).toMatchObject({ runs: 8, alarms: 4, margin: 0 });
    expect(latency?.low).toBeGreaterThan(0.01);
    expect(latency?.impliedMargin).toBeGreaterThanOrEqual(fault.atLeast);
    expect(latency?.impliedMargin).toBeLessThanOrEqual(0.25);
    expect(errors?.alarms).toBe(0);
    expect(contradiction(report)).toMatch(
      /2 % false alarms does not hold.*latency in 4 of 8 runs.*worseBy: \d+% would hold, not 0%/,
    );
  });

  test('tells which smaller margins would have held as well', () => {
    const wide = analysisOf(ERRORS, { ...LATENCY, judge: { kind: 'sequential', worseBy: 0.5 } });
    const [, latency] = standingReport(wide, after(wide, halves({}, {}), 5)).checks;
    expect(latency).toMatchObject({ margin: 0.5, alarms: 0 });
    expect(latency?.impliedMargin).toBeLessThan(0.05);
  });

  test('exchanges the halves with every run', () => {
    const odd = halves({}, { errorRate: 0.3 });
    const report = standingReport(analysis, after(analysis, odd, 6));
    // Harm is one-sided: only every second run can see it.
    expect(report).toMatchObject({ runs: 6, alarms: 3, contradicts: true });
    expect(report.checks[0]).toMatchObject({ name: 'errors', alarms: 3, margin: 0.1 });
    expect(report.checks[0]).not.toHaveProperty('impliedMargin');
    expect(report.reason).toContain('even worseBy: 100% would not hold');
  });

  test('does not lose its promise by one alarm', () => {
    const report = standingReport(analysis, after(analysis, halves({}, { errorRate: 0.3 }), 1));
    expect(report).toMatchObject({ runs: 1, alarms: 1, rate: 1, contradicts: false });
    expect(report.low).toBeGreaterThan(0.02);
  });

  test('says nothing before its first run is over', () => {
    const report = standingReport(analysis, after(analysis, halves({}, {}), 0.5));
    expect(report).toMatchObject({ runs: 0, alarms: 0, low: 0, high: 1, contradicts: false });
    expect(report).not.toHaveProperty('rate');
    for (const check of report.checks) expect(check).not.toHaveProperty('impliedMargin');
  });
});

describe('what is compared', () => {
  test('the checks that the promise covers and the gateway counts, each with its part as in a release', () => {
    const other: Check = {
      ...LATENCY,
      name: 'foreign',
      metric: { kind: 'ratio', source: 'p', bad: 'x', all: 'y' },
    };
    const limit: Check = {
      ...LATENCY,
      name: 'limit',
      judge: { kind: 'threshold', max: 1, everyMs: 1_000, failures: { limit: 0, consecutive: false } },
    };
    const mixed = analysisOf({ ...ERRORS, weight: 2 }, LATENCY, other, limit);
    const report = standingReport(mixed, after(mixed, halves({}, {}), 1));
    expect(report.unmeasured).toEqual(['foreign']);
    expect(report.checks.map(({ name, promised }) => [name, promised])).toEqual([
      ['errors', 0.01],
      ['latency', 0.005],
    ]);
    // A fixed limit that is broken all the time is no alarm of stable against itself.
    expect(report.alarms).toBe(0);
  });

  test('an objective, which stable itself may break', () => {
    const kept: Check = { ...ERRORS, name: 'objective', judge: { kind: 'slo', budget: 0.001 } };
    const analysis = analysisOf(kept);
    const report = standingReport(analysis, after(analysis, halves({}, {}), 3));
    expect(report).toMatchObject({ runs: 3, alarms: 3, contradicts: true });
    expect(report.checks[0]).not.toHaveProperty('margin');
    expect(report.reason).toContain('stable does not keep this objective itself');
  });

  test('only runs in which a check was measured', () => {
    const perUser: Check = { ...ERRORS, name: 'users', metric: { kind: 'errors', per: 'user' } };
    const analysis = analysisOf(ERRORS, perUser);
    const report = standingReport(analysis, after(analysis, halves({}, {}), 3));
    expect(report.checks.map(({ runs }) => runs)).toEqual([3, 0]);
  });

  test('only time in which somebody asked', () => {
    const analysis = analysisOf(ERRORS);
    const standing = startStanding(analysis, SINCE);
    const tick = { ms: 10 * RUN_MS, a: NO_REQUESTS, b: NO_REQUESTS };
    expect(addStanding(analysis, standing, { tick, runMs: RUN_MS })).toBe(standing);
  });
});

describe('what is kept', () => {
  const analysis = analysisOf(ERRORS, LATENCY);

  test('stays small, whatever was measured', () => {
    const busy = after(analysis, halves({}, { slowness: 1.02 }, 200), 2.9);
    expect(JSON.stringify(busy).length).toBeLessThan(26_000);
  });

  test('goes on after a restart as if there had been none', () => {
    const trace = ticks(halves({}, { errorRate: 0.05 }), 3);
    let [going, restarted] = [startStanding(analysis, SINCE), startStanding(analysis, SINCE)];
    for (let i = 0; i < 150; i += 1) {
      const step = { tick: trace.next().value, runMs: RUN_MS };
      going = addStanding(analysis, going, step);
      restarted = JSON.parse(JSON.stringify(addStanding(analysis, restarted, step))) as Standing;
    }
    expect(restarted).toEqual(JSON.parse(JSON.stringify(going)));
  });

  test('starts a run of another version anew, not what was counted', () => {
    const standing = after(analysis, halves({}, {}), 1.5);
    const text = JSON.stringify(standing).replaceAll(/"settings":"\[\d+,\{/g, '"settings":"[0,{');
    const tick = ticks(halves({}, {}), 1).next().value;
    const next = addStanding(analysis, JSON.parse(text) as Standing, { tick, runMs: 10 * RUN_MS });
    const fresh = addStanding(analysis, startStanding(analysis, SINCE), {
      tick: { ...tick, a: tick.b, b: tick.a },
      runMs: RUN_MS,
    });
    expect(text).not.toBe(JSON.stringify(standing));
    expect(next.run).toEqual(fresh.run);
    expect(next.runs).toBe(1);
  });

  test('belongs to its settings', () => {
    const standing = startStanding(analysis, SINCE);
    expect(isStandingFor(analysis, standing)).toBe(true);
    expect(isStandingFor({ ...analysis, warmUpMs: 1, noData: 'ask' }, standing)).toBe(true);
    expect(isStandingFor({ ...analysis, falseAlarms: 0.05 }, standing)).toBe(false);
    expect(isStandingFor(analysisOf(ERRORS), standing)).toBe(false);
    const wider = { ...LATENCY, judge: { kind: 'sequential', worseBy: 0.1 } } as const;
    expect(isStandingFor(analysisOf(ERRORS, wider), standing)).toBe(false);
  });

  test('names every run differently', () => {
    const names = [0, 1, 2].map((runs) => runOf(after(analysis, halves({}, {}), runs)));
    expect(new Set([...names, runOf(startStanding(analysis, SINCE + 1))]).size).toBe(4);
  });
});
