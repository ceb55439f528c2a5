import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Analysis, FailureLimits, Metric } from '../../rollout/model.ts';
import { addTick, judge, startEvidence } from '../evidence.ts';
import { NO_REQUESTS, type Sample } from '../measurement.ts';
import { checkOf, EVERY_MS, judgedBy, ONE_MAY, percents, values, type Rules } from '../testing/limits.ts';
import { counts, distribution, gauge, LATENCY, MISSING, RATE, VALUE } from '../testing/samples.ts';
import { threshold } from './threshold.ts';

const ROW: FailureLimits = { limit: 1, consecutive: true };
const ANALYSIS: Omit<Analysis, 'checks'> = {
  compareTo: 'stable',
  falseAlarms: 0.01,
  warmUpMs: 0,
  undecided: 'advance',
  noData: 'hold',
  standingAA: false,
};
describe('a threshold', () => {
  test.each([
    ['more failures than the limit are bad', checkOf({ max: 0.05 }), percents(10, 2, 10), 'bad'],
    ['as many failures as the limit are not', checkOf({ max: 0.05 }), percents(10, 2, 2), 'undecided'],
    ['the limit itself is allowed', checkOf({ max: 0.1 }), percents(10, 10, 10), 'undecided'],
    ['it may be a least value', checkOf({ min: 0.05 }), percents(2, 2), 'bad'],
    ['which is not too small itself', checkOf({ min: 0.02 }), percents(2, 2), 'undecided'],
    ['it may be both', checkOf({ min: 0.05, max: 0.2 }), percents(2, 30), 'bad'],
    [
      'failures apart are not in a row',
      checkOf({ max: 0.05, failures: ROW }),
      percents(10, 2, 10),
      'undecided',
    ],
    ['failures in a row are', checkOf({ max: 0.05, failures: ROW }), percents(2, 10, 10), 'bad'],
    [
      'a window without requests does not end a row',
      checkOf({ max: 0.05, failures: ROW }),
      percents(10, undefined, 10),
      'bad',
    ],
    ['no requests are no failure', checkOf({ max: 0.05 }), percents(undefined, undefined), 'undecided'],
    [
      'unless they are said to be',
      checkOf({ max: 0.05, noValue: 'fail' }),
      percents(undefined, undefined),
      'bad',
    ],
    ['a source that is away is no failure', checkOf({ max: 0.05 }), [[MISSING], [MISSING]], 'undecided'],
    ['unless it is said to be', checkOf({ max: 0.05, noValue: 'fail' }), [[MISSING], [MISSING]], 'bad'],
    [
      'a scrape that is missed in a window is no failure',
      checkOf({ max: 0.05, noValue: 'fail' }),
      [
        [MISSING, counts(50, 1)],
        [counts(50, 1), MISSING],
      ],
      'undecided',
    ],
  ] as const)('%s', (...[, check, windows, verdict]) => {
    expect(judgedBy(check, windows).verdict).toBe(verdict);
  });

  test.each([
    ['errors and ratios', { kind: 'errors' }, percents(12), 0.12, 0.02],
    [
      'the 99th percentile of latencies',
      LATENCY,
      [[distribution([[240, 50]])]],
      2 ** (240 / 32),
      2 ** (202 / 32),
    ],
    [
      'another quantile',
      { kind: 'latency', quantile: 0.5 },
      [
        [
          distribution([
            [100, 60],
            [240, 40],
          ]),
        ],
      ],
      2 ** (100 / 32),
      2 ** (202 / 32),
    ],
    ['events per second', RATE, [[counts(500, 20), counts(700, 40)]], 6, 0.4],
    ['gauges', VALUE, [[gauge({ '': 7 }), gauge({ '': 9 })]], 9, 1],
  ] as const)('measures %s', (...[, metric, windows, candidate, control]) => {
    expect(judgedBy(checkOf({ condition: 'candidate < 1000' }, metric), windows)).toMatchObject({
      candidate,
      control,
    });
  });

  test.each([
    ['the largest must not exceed a most', { max: 10 }, { a: 1, b: 11 }, 11, 'bad'],
    ['the smallest must not fall below a least', { min: 2 }, { a: 1, b: 11 }, 1, 'bad'],
    ['the mean is nothing a limit is held against', { max: 10 }, { a: 1, b: 9.5 }, 9.5, 'undecided'],
    ['a unit without a number is passed over', { max: 10 }, { a: NaN, b: 9.5 }, 9.5, 'undecided'],
    ['what is infinite exceeds everything', { max: 10 }, { a: Infinity }, undefined, 'bad'],
    ['conditions see the mean', { condition: 'candidate == 6' }, { a: 1, b: 11 }, 6, 'undecided'],
    ['and every unit', { condition: 'units.all(x, x < 11)' }, { a: 1, b: 11 }, 6, 'bad'],
  ] as const)('of the units of a gauge %s', (...[, rules, units, candidate, verdict]) => {
    const judgement = judgedBy(checkOf({ ...rules, failures: { limit: 0, consecutive: false } }, VALUE), [
      [gauge(units)],
    ]);
    expect(judgement.verdict).toBe(verdict);
    expect(judgement.candidate).toBe(candidate);
  });

  test('forgets a unit that is gone', () => {
    const check = checkOf({ max: 10, failures: { limit: 0, consecutive: false } }, VALUE);
    expect(judgedBy(check, [[gauge({ a: 11 }), gauge({ b: 3 })]]).verdict).toBe('undecided');
    expect(judgedBy(check, [[gauge({ a: 11 }), gauge({})]]).verdict).toBe('bad');
  });

  test.each([
    ['nothing yet', checkOf({ max: 0.05 }), [], 'limit: nothing measured yet'],
    [
      'a source that is away',
      checkOf({ max: 0.05 }),
      [[MISSING]],
      'limit: nothing measured yet (prom does not answer)',
    ],
    [
      'a limit',
      checkOf({ max: 0.05 }),
      percents(10),
      'limit: 10 % where at most 5 % is allowed; 1 of 1 measurement failed, 1 may',
    ],
    [
      'a row',
      checkOf({ min: 20, max: 80, failures: ROW }, LATENCY),
      [[distribution([[240, 9]])]],
      'limit: p99 181 ms where at most p99 80 ms and at least p99 20 ms is allowed; 1 in a row of 1 measurement failed, 1 may',
    ],
    [
      'a condition',
      checkOf({ condition: 'candidate < 3', failures: { ...ONE_MAY, errors: 4, inconclusive: 2 } }, RATE),
      [[counts(9, 60)]],
      'limit: 6 per second where candidate < 3 has to hold; 1 of 1 measurement failed, 1 may; 0 inconclusive, 2 may; 0 in a row could not be taken, 4 may',
    ],
    [
      'two conditions',
      checkOf({ condition: 'candidate < 3', failWhen: 'candidate > 9' }, VALUE),
      values(5),
      'limit: 5 where candidate < 3 has to hold and candidate > 9 must not hold; 0 of 1 measurement failed, 1 may; 1 inconclusive',
    ],
    [
      'an error',
      checkOf({ condition: 'candidate < control' }),
      [[counts(10, 1, { trials: 0, events: 0 })]],
      'limit: 10 %, there is no control to compare with; 0 of 1 measurement failed, 1 may; 1 in a row could not be taken',
    ],
    [
      'no value',
      checkOf({ max: 0.05, noValue: 'fail' }),
      [[MISSING]],
      'limit: no value (prom does not answer) where at most 5 % is allowed; 1 of 1 measurement failed, 1 may',
    ],
    [
      'no value as an error',
      checkOf({ max: 0.05, noValue: 'error' }),
      percents(undefined),
      'limit: no value; 0 of 1 measurement failed, 1 may; 1 in a row could not be taken',
    ],
    [
      'no number',
      checkOf({ condition: 'candidate < 1' }, VALUE),
      values(NaN),
      'limit: no number where candidate < 1 has to hold; 1 of 1 measurement failed, 1 may',
    ],
  ] as const)('tells of %s', (...[, check, windows, reason]) => {
    expect(judgedBy(check, windows).reason).toBe(reason);
  });

  test('goes on with its failures in the next step, with new samples', () => {
    const check = checkOf({ max: 0.05 });
    const failing = { ms: EVERY_MS, sample: counts(10, 5) };
    const state = threshold.beginStep(check, threshold.add(check, threshold.start(2), failing));
    const after = threshold.judgement(check, threshold.add(check, state, failing), 0);
    expect(after).toMatchObject({ verdict: 'bad', samples: 10 });
  });

  test('asks anew in the next step: who went on has answered for the last one', () => {
    const rules = {
      condition: 'candidate < 3',
      failWhen: 'candidate > 9',
      failures: { ...ONE_MAY, inconclusive: 0 },
    };
    const check = checkOf(rules, VALUE);
    const unclear = { ms: EVERY_MS, sample: gauge({ '': 5 }) };
    const state = threshold.add(check, threshold.start(2), unclear);
    expect(threshold.judgement(check, state, 0).verdict).toBe('invalid');
    const next = threshold.beginStep(check, state);
    expect(threshold.judgement(check, next, 0).verdict).toBe('undecided');
  });
});

describe('the windows of a threshold', () => {
  const check = checkOf({ max: 0.1, failures: { limit: 2, consecutive: false } });
  const ticks = fc.array(fc.tuple(fc.nat(50), fc.nat(50)), { maxLength: 30 });

  test('splitting a tick in two changes nothing', () => {
    const add = (state: ReturnType<typeof threshold.start>, ms: number, sample: Sample) =>
      threshold.add(check, state, { ms, sample });
    fc.assert(
      fc.property(ticks, (all) => {
        let whole = threshold.start(1);
        let split = threshold.start(1);
        for (const [events, more] of all) {
          whole = add(whole, 5_000, counts(events + more, events));
          const half = Math.floor(events / 2);
          split = add(split, 2_000, counts(half, half));
          split = add(split, 3_000, counts(events - half + more, events - half));
        }
        expect(threshold.judgement(check, split, 0)).toEqual(threshold.judgement(check, whole, 0));
      }),
    );
  });

  test('do not drift when ticks come late', () => {
    let state = threshold.start(1);
    for (let i = 0; i < 60; i += 1) {
      state = threshold.add(check, state, { ms: i % 2 === 0 ? 4_990 : 5_005, sample: counts(10, 0) });
    }
    expect(threshold.judgement(check, state, 0).reason).toMatch('0 of 29 measurements');
  });

  test('a long silence of coalmine is one measurement, not many', () => {
    const state = threshold.add(check, threshold.start(1), { ms: 3_600_000, sample: counts(10, 9) });
    expect(threshold.judgement(check, state, 0)).toMatchObject({ verdict: 'undecided', samples: 10 });
  });
});

test('nothing that is measured makes a threshold throw, and what it remembers is JSON', () => {
  // JSON has no -0, and no rule tells it from 0.
  const finite = fc.double().map((value) => value + 0);
  const number = fc.oneof(finite, fc.constantFrom(NaN, Infinity, -Infinity, -1, 0, 1e308));
  const exposure = fc.record({ trials: number, events: number });
  const histogram = fc.array(fc.tuple(number, number));
  const units = fc.dictionary(fc.string(), number);
  const sample: fc.Arbitrary<Sample> = fc.oneof(
    fc.record({ kind: fc.constant('counts' as const), candidate: exposure, control: exposure }),
    fc.record({ kind: fc.constant('distribution' as const), candidate: histogram, control: histogram }),
    fc.record({ kind: fc.constant('gauge' as const), candidate: units, control: units }),
    fc.constant(MISSING),
  );
  const rules = fc.constantFrom<Rules>(
    { max: 1 },
    { min: 1, noValue: 'fail' },
    { condition: 'candidate < control && units.all(x, x > 0)', noValue: 'error' },
    { failWhen: 'ratio > 2' },
    { condition: 'result[0] < 1', failWhen: 'nonsense(' },
  );
  const RATIO: Metric = { kind: 'ratio', source: 'prom', bad: 'bad', all: 'all' };
  const SIZE: Metric = { kind: 'size', from: { source: 'prom', query: 'size' } };
  const metric = fc.constantFrom(RATIO, SIZE, RATE, VALUE);
  fc.assert(
    fc.property(rules, metric, fc.array(fc.tuple(number, sample)), (written, of, measured) => {
      const check = checkOf(written, of);
      const analysis: Analysis = { ...ANALYSIS, checks: [check] };
      let evidence = startEvidence(analysis, 1);
      for (const [ms, one] of measured) {
        const tick = { ms, candidate: NO_REQUESTS, control: NO_REQUESTS, measured: { [check.name]: one } };
        evidence = addTick(analysis, evidence, tick);
      }
      expect(JSON.parse(JSON.stringify(evidence))).toEqual(evidence);
      const judgement = judge(analysis, evidence);
      expect(JSON.parse(JSON.stringify(judgement))).toEqual(judgement);
    }),
  );
});
