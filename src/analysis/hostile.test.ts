import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  after,
  analysisOf,
  begun,
  checkOf,
  counts,
  judged,
  measuring,
  METRICS,
  sequential,
  values,
} from '../../test/analysis/ticks.ts';
import type { Check } from '../rollout/model.ts';
import { addTick, beginStep, judge, type Evidence } from './evidence.ts';
import type { LogHistogram, Tick, TrackCounters } from './measurement.ts';

/** Every kind of check inside the promise, in every direction. */
const CHECKS: readonly Check[] = [
  sequential(METRICS.errors, { worseBy: 0.1, safe: { ratio: 2 } }, { floor: 0.002, name: 'errors' }),
  sequential(METRICS.perUser, { worseBy: 0.1 }, { name: 'users' }),
  sequential(METRICS.latency, { worseBy: 0.03, safe: { ratio: 1.3 } }, { floor: 5, name: 'latency' }),
  sequential(
    { ...METRICS.latency, quantile: 0.95 },
    { worseBy: 0, safe: { absolute: 300 } },
    { name: 'tail' },
  ),
  sequential(METRICS.size, { worseBy: 0.1, safe: { ratio: 2 } }, { worse: 'either', name: 'size' }),
  sequential(METRICS.rate, { worseBy: 0.1, safe: { ratio: 2 } }, { worse: 'lower', floor: 3, name: 'rate' }),
  sequential(
    METRICS.ratio,
    { worseBy: 0.1, safe: { ratio: 2 } },
    { worse: 'either', floor: 0.1, name: 'ratio' },
  ),
  checkOf(METRICS.errors, { kind: 'slo', budget: 0.001 }, { name: 'slo' }),
];
const ANALYSIS = { ...analysisOf(...CHECKS), warmUpMs: 2_000 };

/** Numbers of every kind, mostly possible ones. */
const number = fc.oneof(
  { weight: 6, arbitrary: fc.nat(40) },
  { weight: 2, arbitrary: fc.double() },
  fc.constantFrom(-1, NaN, Infinity, -Infinity, 1e15, 1e300, 5e-324, -0, 0.5),
);
const histogram: fc.Arbitrary<LogHistogram> = fc.oneof(
  fc.array(fc.tuple(number, number), { maxLength: 6 }),
  fc
    .uniqueArray(fc.tuple(fc.integer({ min: -400, max: 1_400 }), fc.integer({ min: 1, max: 1e15 })), {
      selector: ([index]) => index,
    })
    .map((rows) => rows.sort(([a], [b]) => a - b)),
);
const track: fc.Arbitrary<TrackCounters> = fc.record(
  {
    requests: number,
    errors: number,
    latency: histogram,
    users: fc.record({ seen: number, failed: number }),
    assigned: number,
  },
  { requiredKeys: ['requests', 'errors', 'latency'] },
);
const exposure = fc.record({ trials: number, events: number });
const sample = fc.oneof(
  fc.record({ kind: fc.constant('counts' as const), candidate: exposure, control: exposure }),
  fc.record({ kind: fc.constant('distribution' as const), candidate: histogram, control: histogram }),
  fc.record({
    kind: fc.constant('gauge' as const),
    candidate: fc.dictionary(fc.string(), number),
    control: fc.dictionary(fc.string(), number),
  }),
  fc.record({ kind: fc.constant('missing' as const), reason: fc.string() }),
);
const tick: fc.Arbitrary<Tick> = fc.record(
  {
    ms: number,
    candidate: track,
    control: track,
    measured: fc.dictionary(fc.constantFrom('size', 'rate', 'ratio'), sample),
    plannedShare: number,
  },
  { requiredKeys: ['ms', 'candidate', 'control'] },
);

/** Every number in it. */
function numbersIn(value: unknown): readonly number[] {
  if (typeof value === 'number') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(numbersIn) : [];
}

describe('whatever is measured', () => {
  test('nothing throws, no number is lost, and what is kept comes back from JSON as it was', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(tick, fc.boolean()), { maxLength: 25 }), (rows) => {
        let evidence: Evidence = begun(ANALYSIS);
        for (const [one, isNewStep] of rows) {
          evidence = addTick(ANALYSIS, isNewStep ? beginStep(ANALYSIS, evidence) : evidence, one);
          const judgement = judge(ANALYSIS, evidence);
          expect(numbersIn(judgement).filter((value) => !Number.isFinite(value))).toEqual([]);
          const told = judgement.reason.replaceAll(/not measured now: [^;]*/g, '');
          expect(told).not.toMatch(/NaN|Infinity|undefined/);
        }
        expect(JSON.parse(JSON.stringify(evidence))).toEqual(evidence);
      }),
      { numRuns: 150 },
    );
  });

  test('a candidate that was never measured is neither good nor bad', () => {
    const silent = fc.record({
      ms: number,
      candidate: fc.constant({ requests: 0, errors: 0, latency: [] }),
      control: track,
    });
    fc.assert(
      fc.property(fc.array(silent, { maxLength: 40 }), (ticks) => {
        expect(['undecided', 'invalid']).toContain(judged(ANALYSIS, ticks).verdict);
      }),
      { numRuns: 100 },
    );
  });

  test('without any traffic nothing is decided', () => {
    const nothing: Tick = { ms: 1_000, candidate: { requests: 0, errors: 0, latency: [] }, control: { requests: 0, errors: 0, latency: [] }, plannedShare: 0.1 }; // prettier-ignore
    const { verdict, checks } = judged(
      ANALYSIS,
      Array.from({ length: 600 }, () => nothing),
    );
    expect(verdict).toBe('undecided');
    for (const { harm } of checks) expect(harm?.logE).toBeLessThanOrEqual(1e-9);
  });
});

describe('a sample that cannot be', () => {
  const check = sequential(METRICS.ratio, { worseBy: 0.1, safe: { ratio: 2 } });
  const analysis = analysisOf(check);
  const fine = measuring({ check: counts([200, 10], [1_800, 90]) });
  const odd = measuring({ check: counts([200, -1], [1_800, 90]) });

  test('makes the comparison invalid, with the reason, until the next one can be', () => {
    const proved = after(
      analysis,
      begun(analysis),
      Array.from({ length: 60 }, () => fine),
    );
    expect(judge(analysis, proved).verdict).toBe('good');
    const broken = addTick(analysis, proved, odd);
    expect(judge(analysis, broken)).toMatchObject({
      verdict: 'invalid',
      reason: 'check: not measured now: a count of -1 was measured',
      checks: [{ verdict: 'invalid' }],
    });
    expect(judge(analysis, addTick(analysis, broken, fine)).verdict).toBe('good');
  });

  test('does not keep a failing candidate', () => {
    const failing = measuring({ check: counts([200, 100], [1_800, 90]) });
    const ticks = [...Array.from({ length: 10 }, () => failing), odd];
    expect(judged(analysis, ticks).verdict).toBe('bad');
  });

  test('counts nothing', () => {
    const kept = after(analysis, begun(analysis), [fine, fine]);
    const with_ = after(analysis, begun(analysis), [fine, odd, fine]);
    const [a, b] = [judge(analysis, kept).checks[0], judge(analysis, with_).checks[0]];
    expect(b?.harm).toEqual(a?.harm);
    expect(b?.samples).toBe(a?.samples);
  });
});

test('what is kept of one check stays below 4 KB, 4.5 KB in both directions, with values far apart', () => {
  const wide = (count: number): LogHistogram =>
    Array.from({ length: 130 }, (_, i) => [120 + i, count] as const);
  const lone = (index: number): LogHistogram => [[index, 1]];
  for (const worse of [undefined, 'either'] as const) {
    const check = sequential(
      METRICS.size,
      { worseBy: 0.03, safe: { ratio: 1.2 } },
      worse === undefined ? {} : { worse },
    );
    const analysis = analysisOf(check);
    const ticks = [values(lone(-320), lone(-320)), values(lone(1_280), lone(1_280)), ...Array.from({ length: 900 }, () => values(wide(1), wide(4)))]; // prettier-ignore
    const evidence = after(
      analysis,
      begun(analysis),
      ticks.map((one) => measuring({ check: one })),
    );
    const limit = worse === 'either' ? 4_608 : 4_096;
    expect(JSON.stringify(evidence.checks['check']).length).toBeLessThan(limit);
  }
});
