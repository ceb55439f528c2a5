import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { analysisOf, counts, judged, judgedBy, METRICS, sequential } from '../../../test/analysis/ticks.ts';
import { NO_REQUESTS, type Sample, type Tick } from '../measurement.ts';

type Arm = readonly [trials: number, events: number];

/** The same second again and again. */
function seconds(count: number, candidate: Arm, control: Arm): readonly Sample[] {
  return Array.from({ length: count }, () => counts(candidate, control));
}

/** A share of the traffic for a second, in which so many events happened. */
function share(part: number, events: number): Arm {
  return [part * 1_000, events];
}

describe('a rate of events', () => {
  const orders = sequential(METRICS.rate, { worseBy: 0.1 }, { worse: 'lower' });

  test('that falls is harm when lower is worse, even when it falls to nothing', () => {
    const fewer = seconds(60, share(0.1, 0), share(0.9, 9));
    expect(judgedBy(orders, fewer)).toMatchObject({ verdict: 'bad', candidate: 0 });
    expect(judgedBy(orders, fewer).control).toBeCloseTo(10, 9);
    const some = Array.from({ length: 60 }, (_, second) =>
      counts(share(0.1, second % 4 === 0 ? 1 : 0), share(0.9, 9)),
    );
    expect(judgedBy(orders, some)).toMatchObject({
      verdict: 'bad',
      reason:
        'check: 2.5 a second on the canary (15 events) against 10 a second on stable; evidence over a million of 100 needed',
    });
  });

  test('that rises is none, and the same rate is none', () => {
    for (const events of [1, 3])
      expect(judgedBy(orders, seconds(120, share(0.1, events), share(0.9, 9))).verdict).toBe('undecided');
  });

  test('may have more events than exposure, and rising is harm when higher is worse', () => {
    const crashes = sequential(METRICS.rate, { worseBy: 0.1 });
    const more = seconds(60, share(0.1, 3), share(0.9, 9));
    expect(judgedBy(crashes, more)).toMatchObject({ verdict: 'bad', samples: 6 });
    expect(judgedBy(crashes, more).candidate).toBeCloseTo(30, 9);
    expect(judgedBy(crashes, seconds(60, share(0.1, 1), share(0.9, 9))).verdict).toBe('undecided');
  });

  test.each([
    { worse: undefined, floor: 50, verdict: 'undecided' },
    { worse: undefined, floor: 20, verdict: 'bad' },
    { worse: 'lower', floor: 2, verdict: 'undecided' },
    { worse: 'lower', floor: 8, verdict: 'bad' },
  ] as const)('with worse $worse and a floor of $floor a second is $verdict', ({ worse, floor, verdict }) => {
    const check = sequential(
      METRICS.rate,
      { worseBy: 0.1 },
      { ...(worse === undefined ? {} : { worse }), floor },
    );
    const events = worse === undefined ? 3 : 0;
    const samples = Array.from({ length: 120 }, (_, second) =>
      counts(share(0.1, worse === 'lower' && second % 2 === 0 ? 1 : events), share(0.9, 9)),
    );
    expect(judgedBy(check, samples).verdict).toBe(verdict);
  });

  test.each([
    { worse: undefined, safe: { ratio: 2 }, events: 1, verdict: 'good' },
    { worse: undefined, safe: { absolute: 20 }, events: 1, verdict: 'good' },
    { worse: undefined, safe: { absolute: 5 }, events: 1, verdict: 'undecided' },
    { worse: 'lower', safe: { ratio: 2 }, events: 1, verdict: 'good' },
    { worse: 'lower', safe: { absolute: 5 }, events: 1, verdict: 'good' },
    { worse: 'lower', safe: { absolute: 20 }, events: 1, verdict: 'undecided' },
    { worse: 'either', safe: { ratio: 2 }, events: 1, verdict: 'good' },
    { worse: 'either', safe: { absolute: 20 }, events: 1, verdict: 'undecided' },
  ] as const)(
    'with worse $worse and $safe as its safety margin is $verdict',
    ({ worse, safe, events, verdict }) => {
      const check = sequential(METRICS.rate, { worseBy: 5, safe }, worse === undefined ? {} : { worse });
      expect(judgedBy(check, seconds(200, share(0.1, events), share(0.9, 9))).verdict).toBe(verdict);
    },
  );
});

describe('either direction', () => {
  const check = sequential(METRICS.ratio, { worseBy: 0.1 }, { worse: 'either' });

  test('is harm', () => {
    expect(judgedBy(check, seconds(60, [20, 8], [180, 18])).verdict).toBe('bad');
    expect(judgedBy(check, seconds(60, [20, 0], [180, 36])).verdict).toBe('bad');
    expect(judgedBy(check, seconds(60, [20, 2], [180, 18])).verdict).toBe('undecided');
  });

  test('has half of the evidence of each', () => {
    const samples = seconds(30, [20, 6], [180, 18]);
    const [up, down, either] = ([undefined, 'lower', 'either'] as const).map((worse) => {
      const directed = sequential(METRICS.ratio, { worseBy: 0.1 }, worse === undefined ? {} : { worse });
      return Math.exp(judgedBy(directed, samples).harm?.logE ?? 0);
    });
    // The stakes of steps that have not begun are common to all three.
    expect(((up ?? 0) + (down ?? 0)) / 2 / (either ?? 1)).toBeCloseTo(1, 9);
  });

  test('exchanging the arms exchanges the directions', () => {
    const arm = fc.tuple(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 0, max: 30 }));
    fc.assert(
      fc.property(fc.array(fc.tuple(arm, arm), { maxLength: 30 }), (rows) => {
        const samples = rows.map(([a, b]) => counts(a, b));
        const exchanged = rows.map(([a, b]) => counts(b, a));
        const logE = (worse: 'lower' | undefined, of: readonly Sample[]) =>
          judgedBy(sequential(METRICS.ratio, { worseBy: 0.2 }, worse === undefined ? {} : { worse }), of).harm
            ?.logE;
        expect(logE('lower', exchanged)).toBeCloseTo(logE(undefined, samples) ?? NaN, 9);
      }),
      { numRuns: 50 },
    );
  });
});

describe('what is compared', () => {
  test('is users instead of requests, when asked', () => {
    const check = sequential(METRICS.perUser, { worseBy: 0.1 });
    const tick = (failed: number, requests: number): Tick => ({
      ms: 1_000,
      candidate: { ...NO_REQUESTS, requests, errors: requests, users: { seen: 10, failed } },
      control: { ...NO_REQUESTS, requests: 900, errors: 0, users: { seen: 90, failed: 1 } },
    });
    const oneOfTen = Array.from({ length: 60 }, (_, second) => tick(second % 10 === 0 ? 1 : 0, 500));
    expect(judged(analysisOf(check), oneOfTen)).toMatchObject({
      verdict: 'undecided',
      checks: [{ samples: 600, candidate: 0.01, effect: { of: 'error ratio' } }],
      reason:
        'check: 1 % of 600 canary users failed against 1.1 % on stable; no harm shown, evidence 0.35 of 100 needed',
    });
    const all = Array.from({ length: 20 }, () => tick(6, 10));
    expect(judged(analysisOf(check), all)).toMatchObject({ verdict: 'bad', checks: [{ candidate: 0.6 }] });
  });

  test('without users known, nothing is', () => {
    const check = sequential(METRICS.perUser, { worseBy: 0.1 });
    const tick = {
      ms: 1_000,
      candidate: { ...NO_REQUESTS, requests: 9 },
      control: { ...NO_REQUESTS, requests: 9 },
    };
    expect(judged(analysisOf(check), [tick])).toMatchObject({
      verdict: 'undecided',
      checks: [{ samples: 0 }],
      reason: 'check: no canary users in this step yet; no harm shown, evidence 1 of 100 needed',
    });
  });

  test('is told with the ratio and its interval', () => {
    const samples = seconds(200, [20, 2], [180, 9]);
    const { effect } = judgedBy(sequential(METRICS.ratio, { worseBy: 5 }), samples);
    expect(effect).toMatchObject({ of: 'ratio of shares', estimate: 2 });
    expect(effect?.low).toBeGreaterThan(1.5);
    expect(effect?.high).toBeLessThan(2.7);
    const none = judgedBy(
      sequential(METRICS.rate, { worseBy: 5 }),
      seconds(20, share(0.1, 1), share(0.9, 0)),
    );
    expect(none.effect).not.toHaveProperty('estimate');
    expect(none.effect).not.toHaveProperty('high');
    expect(none.effect).toMatchObject({ of: 'ratio of rates' });
  });

  test('a wait for nothing tells so', () => {
    expect(judgedBy(sequential(METRICS.rate, { worseBy: 5 }), []).reason).toMatch(
      /nothing measured of the canary/,
    );
    const alone = judgedBy(sequential(METRICS.errors, { worseBy: 5 }), []);
    expect(alone.effect).toEqual({ of: 'error ratio', low: 0 });
  });
});

describe('evidence of harm', () => {
  const asRatio = sequential(METRICS.ratio, { worseBy: 0.1, safe: { ratio: 2 } });
  const logHarm = (samples: readonly Sample[]): number => judgedBy(asRatio, samples).harm?.logE ?? NaN;

  test('grows with the errors on the canary, once they have lasted some seconds', () => {
    const events = fc.integer({ min: 0, max: 9 });
    fc.assert(
      fc.property(
        fc.integer({ min: 8, max: 60 }),
        fc.tuple(events, events),
        events,
        (length, [here, there], more) => {
          const usual = seconds(length, [20, here], [180, there]);
          const worse = seconds(length, [20, here + more], [180, there]);
          expect(logHarm(worse)).toBeGreaterThanOrEqual(logHarm(usual) - 1e-9);
        },
      ),
    );
  });

  test('does not depend on how the seconds are cut into ticks', () => {
    const rows = fc.array(fc.tuple(fc.nat(5), fc.nat(9)), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(rows, (errors) => {
        const whole = errors.map(([here, there]) => counts([20, 2 * here], [180, 2 * there]));
        const halves = errors.flatMap(([here, there]) => [counts([10, here], [90, there]), counts([10, here], [90, there])]); // prettier-ignore
        const [a, b] = [judgedBy(asRatio, whole), judgedBy(asRatio, halves, 500)];
        expect(b.harm?.logE).toBeCloseTo(a.harm?.logE ?? NaN, 8);
        expect(b.effect).toEqual(a.effect);
      }),
      { numRuns: 50 },
    );
  });

  test('of one second alone is not enough, whatever happened in it', () => {
    const quiet = counts([20, 0], [180, 0]);
    const samples = [quiet, quiet, counts([20, 8], [180, 0]), quiet, quiet, quiet];
    expect(judgedBy(asRatio, samples).verdict).toBe('undecided');
    expect(judgedBy(asRatio, [quiet, ...seconds(3, [20, 8], [180, 0])]).verdict).toBe('bad');
  });
});
