import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Metric, SloSettings } from '../../rollout/model.ts';
import type { CheckJudgement } from '../judgement.ts';
import { bucketOf, type Sample } from '../measurement.ts';
import { counts, distribution } from '../testing/samples.ts';
import type { CheckWith } from './judge.ts';
import { slo } from './slo.ts';

const NO_CONTROL = { trials: 0, events: 0 };
const PROMISE = 0.01;

function checkOf(budget: number, metric: Metric = { kind: 'errors' }): CheckWith<SloSettings> {
  return { name: 'objective', metric, judge: { kind: 'slo', budget }, weight: 1 };
}

function judgedBy(check: CheckWith<SloSettings>, samples: readonly Sample[], ms = 5_000): CheckJudgement {
  let state = slo.beginStep(check, slo.start(3));
  for (const sample of samples) {
    if (sample.kind !== 'counts' && sample.kind !== 'distribution') continue;
    const next = slo.add(check, state, { ms, sample });
    state = JSON.parse(JSON.stringify(next)) as typeof state;
  }
  return slo.judgement(check, state, PROMISE);
}

const requests = (trials: number, events: number) => counts(trials, events, NO_CONTROL);

describe('an objective', () => {
  test.each([
    ['five times the budget is bad', 0.001, [requests(10_000, 50)], 'bad'],
    ['twenty times the budget is bad soon', 0.001, [requests(500, 10)], 'bad'],
    ['the budget itself proves nothing', 0.001, [requests(10_000, 10)], 'undecided'],
    ['twice the budget of few requests proves nothing', 0.001, [requests(1_000, 2)], 'undecided'],
    ['far below the budget is good', 0.01, [requests(2_000, 2)], 'good'],
    ['no failure at all is good when there were enough requests', 0.001, [requests(5_000, 0)], 'good'],
    ['and says nothing when there were few', 0.001, [requests(100, 0)], 'undecided'],
    ['no requests say nothing', 0.001, [requests(0, 0)], 'undecided'],
    ['a failure counted before its request waits for it', 0.5, [requests(0, 3), requests(3, 0)], 'undecided'],
    ['nearly no budget is burnt by a few', 0.00001, [requests(1_000, 3)], 'bad'],
  ] as const)('%s', (...[, budget, samples, verdict]) => {
    expect(judgedBy(checkOf(budget), samples).verdict).toBe(verdict);
  });

  test('tells how fast its budget burns, with an interval', () => {
    expect(judgedBy(checkOf(0.001), [requests(10_000, 42)])).toMatchObject({
      reason: expect.stringMatching(
        /^objective: 0.42 % of 10,000 canary requests failed, the objective allows 0.1 %: burn rate 4.2, 42 failures where the error budget has 10; evidence/,
      ) as string,
      candidate: 0.0042,
      samples: 10_000,
      effect: { of: 'burn rate', estimate: expect.closeTo(4.2) as number },
    });
    const { effect } = judgedBy(checkOf(0.001), [requests(10_000, 42)]);
    expect(effect?.low).toBeGreaterThan(2);
    expect(effect?.low).toBeLessThan(4.2);
    expect(effect?.high).toBeGreaterThan(4.2);
    expect(effect?.high).toBeLessThan(8);
  });

  test.each([
    [{ kind: 'errors', per: 'user' }, '1 % of 100 canary users failed'],
    [{ kind: 'ratio', source: 'prom', bad: 'b', all: 'a' }, '1 % of 100 cases on the canary were bad'],
  ] as const)('speaks of what it counts: %j', (metric, words) => {
    expect(judgedBy(checkOf(0.01, metric), [requests(100, 1)]).reason).toMatch(words);
  });

  test('goes on with its harm in the next step, and begins its proof anew', () => {
    const check = checkOf(0.01);
    const clean = slo.add(check, slo.start(2), { ms: 1, sample: counts(2_000, 1) });
    expect(slo.judgement(check, clean, PROMISE).verdict).toBe('good');
    const next = slo.beginStep(check, slo.beginStep(check, clean));
    expect(slo.judgement(check, next, PROMISE)).toMatchObject({ verdict: 'undecided', samples: 0 });
    const failing = slo.add(check, slo.beginStep(check, slo.start(2)), { ms: 1, sample: counts(200, 20) });
    const after = slo.beginStep(check, failing);
    expect(slo.judgement(check, after, PROMISE).verdict).toBe('bad');
  });
});

describe('an objective for latency', () => {
  const check = checkOf(0.01, { kind: 'latency', withinMs: 300 });
  const holds = bucketOf(300);
  const slow = (bucket: number, count: number): Sample =>
    distribution(
      [
        [0, 1_000 - count],
        [bucket, count],
      ],
      [],
    );

  test.each([
    ['later answers are misses', holds + 1, 100, 'bad'],
    ['sooner ones are none', holds - 1, 1_000, 'good'],
    ['the bucket that holds the limit does not prove harm', holds, 1_000, 'undecided'],
    ['nor safety', holds, 10, 'undecided'],
  ] as const)('%s', (...[, bucket, count, verdict]) => {
    expect(judgedBy(check, [slow(bucket, count)]).verdict).toBe(verdict);
  });

  test('a limit between two buckets leaves no doubt', () => {
    const exact = checkOf(0.01, { kind: 'latency', withinMs: 2 ** (holds / 32) });
    expect(judgedBy(exact, [slow(holds, 1_000)]).verdict).toBe('good');
    expect(judgedBy(exact, [slow(holds + 1, 100)]).verdict).toBe('bad');
  });

  test('tells the time that is soon enough', () => {
    expect(judgedBy(check, [slow(holds + 9, 100)]).reason).toMatch(
      '10 % of 1,000 canary requests took more than 300 ms',
    );
  });
});

describe('the evidence of an objective', () => {
  const ticks = fc.array(fc.tuple(fc.nat(40), fc.nat(400)), { maxLength: 20 });

  test('does not change when a tick is split in two', () => {
    fc.assert(
      fc.property(ticks, fc.constantFrom(0.001, 0.05, 0.4), (all, budget) => {
        const whole = all.map(([bad, good]) => requests(bad + good, bad));
        const split = all.flatMap(([bad, good]) => [requests(bad, bad), requests(good, 0)]);
        const [one, two] = [judgedBy(checkOf(budget), whole), judgedBy(checkOf(budget), split, 2_500)];
        expect(two.harm?.logE).toBeCloseTo(one.harm?.logE ?? NaN, 9);
        expect(two.safe?.logE).toBeCloseTo(one.safe?.logE ?? NaN, 9);
      }),
    );
  });

  test('grows with every failure, and falls with every success', () => {
    fc.assert(
      fc.property(fc.nat(50), fc.nat(5_000), (bad, good) => {
        const harm = (more: Sample): number =>
          judgedBy(checkOf(0.01), [requests(bad + good, bad), more]).harm?.logE ?? NaN;
        expect(harm(requests(1, 1))).toBeGreaterThan(harm(requests(0, 0)));
        expect(harm(requests(1, 0))).toBeLessThan(harm(requests(0, 0)));
      }),
    );
  });

  test('reaches its limit no more often than promised when the budget is just kept, looking at every request', () => {
    const check = checkOf(0.02);
    let random = 20_260_101;
    const chance = (): number => (random = (random * 48_271) % 2_147_483_647) / 2_147_483_647;
    let alarms = 0;
    const runs = 400;
    for (let run = 0; run < runs; run += 1) {
      let state = slo.beginStep(check, slo.start(1));
      let isAlarm = false;
      for (let i = 0; i < 1_500 && !isAlarm; i += 1) {
        const isFailure = chance() < 0.02;
        state = slo.add(check, state, { ms: 1, sample: counts(1, isFailure ? 1 : 0) });
        // A success only takes evidence away.
        isAlarm = isFailure && (slo.logHarm?.(check, state) ?? 0) >= Math.log(10);
      }
      alarms += isAlarm ? 1 : 0;
    }
    // Promised are 10 %: 40 runs; 60 would be three standard deviations more.
    expect(alarms).toBeGreaterThan(0);
    expect(alarms).toBeLessThan(60);
  });
});
