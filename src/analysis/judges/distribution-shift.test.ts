import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { randomFrom, type Random } from '../../../bench/random.ts';
import { judgedBy, METRICS, sequential, values } from '../../../test/analysis/ticks.ts';
import { bucketOf, type LogHistogram, type Sample } from '../measurement.ts';

const SIGMA = 0.55;

function drawn(count: number, median: number, random: Random): LogHistogram {
  const buckets = new Map<number, number>();
  for (let i = 0; i < count; i += 1) {
    const bucket = bucketOf(median * Math.exp(SIGMA * random.normal()));
    buckets.set(bucket, (buckets.get(bucket) ?? 0) + 1);
  }
  return [...buckets].sort(([a], [b]) => a - b);
}

/** Seconds with 20 values of the candidate and 180 of the control. */
function seconds(
  count: number,
  medians: readonly [candidate: number, control: number],
  seed = 1,
): readonly Sample[] {
  const random = randomFrom(seed);
  return Array.from({ length: count }, () =>
    values(drawn(20, medians[0], random), drawn(180, medians[1], random)),
  );
}

describe('sizes', () => {
  test('are judged as latency is, in bytes', () => {
    const check = sequential(METRICS.size, { worseBy: 0.03 });
    const larger = judgedBy(check, seconds(60, [120_000, 80_000]));
    expect(larger.verdict).toBe('bad');
    expect(larger.reason).toMatch(
      /^check: 1,200 canary requests, median 1\d\d kB against \d\d(\.\d)? kB, p99 \d\d\d kB against \d\d\d kB on stable; evidence over/,
    );
    expect(judgedBy(check, seconds(60, [80_000, 80_000])).verdict).toBe('undecided');
  });
});

describe('with worse lower', () => {
  const check = sequential(METRICS.size, { worseBy: 0.1, safe: { ratio: 1.5 } }, { worse: 'lower' });

  test('smaller is harm, larger is none, equal is proved safe', () => {
    expect(judgedBy(check, seconds(60, [50_000, 80_000])).verdict).toBe('bad');
    expect(judgedBy(check, seconds(60, [120_000, 80_000])).verdict).toBe('good');
    expect(judgedBy(check, seconds(60, [80_000, 80_000])).verdict).toBe('good');
  });

  test('the first percentile is shown', () => {
    expect(judgedBy(check, seconds(60, [80_000, 80_000])).reason).toMatch(
      /, p1 2\d(\.\d)? kB against 2\d(\.\d)? kB on stable/,
    );
  });

  test('values at or above the floor count as equal', () => {
    const floored = sequential(METRICS.size, { worseBy: 0.1 }, { worse: 'lower', floor: 1_000 });
    expect(judgedBy(floored, seconds(60, [50_000, 80_000])).verdict).toBe('undecided');
    expect(judgedBy(floored, seconds(60, [200, 80_000])).verdict).toBe('bad');
  });

  test('an absolute level is proved from above', () => {
    const level = (absolute: number) =>
      sequential(METRICS.size, { worseBy: 5, safe: { absolute } }, { worse: 'lower' });
    expect(judgedBy(level(5_000), seconds(60, [80_000, 80_000])).verdict).toBe('good');
    expect(judgedBy(level(60_000), seconds(60, [80_000, 80_000])).verdict).toBe('undecided');
  });

  test('with a quantile, what is above it counts as equal', () => {
    const median = { ...METRICS.size, quantile: 0.1 };
    const onTail = sequential(median, { worseBy: 0.1 }, { worse: 'lower' });
    const body: Sample = values([[500, 3], [550, 17]], [[500, 27], [600, 153]]); // prettier-ignore
    const tail: Sample = values([[450, 3], [600, 17]], [[500, 27], [600, 153]]); // prettier-ignore
    const minute = (sample: Sample) => Array.from({ length: 60 }, () => sample);
    expect(judgedBy(onTail, minute(body)).verdict).toBe('undecided');
    expect(judgedBy(onTail, minute(tail)).verdict).toBe('bad');
  });
});

describe('with worse either', () => {
  const check = sequential(METRICS.latency, { worseBy: 0.1, safe: { ratio: 1.5 } }, { worse: 'either' });
  const asMeasured = { ...check, metric: { ...METRICS.latency, from: { source: 'prom', query: 'times' } } };

  test('both directions are harm, and both must be refuted', () => {
    expect(judgedBy(asMeasured, seconds(60, [120, 80])).verdict).toBe('bad');
    expect(judgedBy(asMeasured, seconds(60, [50, 80])).verdict).toBe('bad');
    expect(judgedBy(asMeasured, seconds(60, [80, 80])).verdict).toBe('good');
  });

  test('an absolute level says nothing about too little', () => {
    const settings = { worseBy: 5, safe: { absolute: 900 } };
    const level = sequential(asMeasured.metric, settings, { worse: 'either' });
    expect(judgedBy(level, seconds(60, [80, 80])).verdict).toBe('undecided');
  });
});

describe('the ratio that is told', () => {
  const check = sequential({ ...METRICS.latency, from: { source: 'prom', query: 'times' } }, { worseBy: 5 });

  test('is that of the medians, with an interval that holds it', () => {
    const { effect } = judgedBy(check, seconds(60, [96, 80]));
    expect(effect?.of).toBe('median');
    expect(effect?.estimate).toBeGreaterThan(1.1);
    expect(effect?.estimate).toBeLessThan(1.3);
    expect(effect?.low).toBeGreaterThan(0.9);
    expect(effect?.high).toBeLessThan(1.5);
  });

  test('is that of the quantile the check names', () => {
    const onTail = {
      ...check,
      metric: { ...METRICS.latency, quantile: 0.95, from: { source: 'prom', query: 'x' } },
    };
    expect(judgedBy(onTail, seconds(60, [96, 80])).effect?.of).toBe('p95');
  });

  test('has no estimate without values', () => {
    expect(judgedBy(check, []).effect).toEqual({ of: 'median', low: 0 });
  });
});

describe('evidence', () => {
  const check = sequential(METRICS.size, { worseBy: 0.03, safe: { ratio: 1.2 } });

  test('grows with every step the candidate is slower', () => {
    const samples = seconds(40, [80, 80], 4);
    const slowed = (by: number): number => {
      const moved = samples.map((sample) => {
        if (sample.kind !== 'distribution') throw new Error('values are wanted');
        return values(
          sample.candidate.map(([index, count]) => [index + by, count] as const),
          sample.control,
        );
      });
      return judgedBy(check, moved).harm?.logE ?? NaN;
    };
    const evidence = [0, 4, 8, 16, 32].map(slowed);
    expect(evidence.toSorted((a, b) => a - b)).toEqual(evidence);
  });

  test('hardly depends on how the seconds are cut into ticks', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000 }), (seed) => {
        const halves = seconds(60, [44, 40], seed);
        const whole = Array.from({ length: 30 }, (_, i) => joined(halves[2 * i]!, halves[2 * i + 1]!));
        const [a, b] = [judgedBy(check, halves, 500), judgedBy(check, whole, 1_000)];
        // What bets are made from is learned a tick later.
        expect(Math.abs((a.harm?.logE ?? NaN) - (b.harm?.logE ?? NaN))).toBeLessThan(2.5);
        expect(a.effect).toEqual(b.effect);
      }),
      { numRuns: 10, seed: 5 },
    );
  });
});

function joined(a: Sample, b: Sample): Sample {
  if (a.kind !== 'distribution' || b.kind !== 'distribution') throw new Error('values are wanted');
  const sum = (one: LogHistogram, other: LogHistogram): LogHistogram => {
    const buckets = new Map(one);
    for (const [index, count] of other) buckets.set(index, (buckets.get(index) ?? 0) + count);
    return [...buckets].sort(([i], [j]) => i - j);
  };
  return values(sum(a.candidate, b.candidate), sum(a.control, b.control));
}
