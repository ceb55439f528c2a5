import { expect, test } from 'vitest';
import { randomFrom, type Random } from '../../../bench/random.ts';
import { bucketOf, upperBoundOf } from '../measurement.ts';
import { addToRun, EMPTY_RUN, type BucketRun } from './bucket-run.ts';
import { quantileRatioInterval } from './quantile-interval.ts';

const SIGMA = 0.55;

function gathered(run: BucketRun, [count, slowness]: readonly [number, number], random: Random): BucketRun {
  const buckets = new Map<number, number>();
  for (let i = 0; i < count; i += 1) {
    const bucket = bucketOf(80 * slowness * Math.exp(SIGMA * random.normal()));
    buckets.set(bucket, (buckets.get(bucket) ?? 0) + 1);
  }
  return addToRun(
    run,
    [...buckets].sort(([a], [b]) => a - b),
  );
}

test('few values have no ends, many have both, and the interval narrows', () => {
  const random = randomFrom(1);
  let [candidate, control] = [EMPTY_RUN, EMPTY_RUN];
  expect(quantileRatioInterval({ candidate, control }, 0.5)).toEqual({ low: 0 });
  const widths: number[] = [];
  for (const count of [300, 1_000, 10_000]) {
    candidate = gathered(candidate, [count, 1.2], random);
    control = gathered(control, [count, 1], random);
    const { low, high = Infinity } = quantileRatioInterval({ candidate, control }, 0.5);
    widths.push(high - low);
  }
  expect(widths[0]).toBeLessThan(2);
  expect(widths.toSorted((a, b) => b - a)).toEqual(widths);
  expect(widths.at(-1)).toBeLessThan(0.25);
  expect(quantileRatioInterval({ candidate, control }, 0.99)).toHaveProperty('high');
});

test('exchanging the arms turns it upside down', () => {
  const random = randomFrom(2);
  const candidate = gathered(EMPTY_RUN, [3_000, 1.2], random);
  const control = gathered(EMPTY_RUN, [5_000, 1], random);
  const { low, high = 0 } = quantileRatioInterval({ candidate, control }, 0.5);
  const turned = quantileRatioInterval({ candidate: control, control: candidate }, 0.5);
  expect(turned.low * high).toBeCloseTo(1, 9);
  expect(low * (turned.high ?? 0)).toBeCloseTo(1, 9);
});

const RUNS = 200;
/** 5 % of the runs and three standard errors. */
const MOST_MISSED = 19;

test.each([
  { q: 0.5, slowness: 1.2 },
  { q: 0.9, slowness: 1 },
  { q: 0.99, slowness: 0.8 },
])('holds the true ratio of p$q at every look of 95 % of the runs', ({ q, slowness }) => {
  // Both quantiles are those of the buckets, as values were counted in them.
  const at = (by: number): number => bucketOf(80 * by * Math.exp(SIGMA * Number(Z[q])));
  const truth = upperBoundOf(at(slowness) - at(1));
  let missed = 0;
  for (let run = 0; run < RUNS; run += 1) {
    const random = randomFrom(500 + run);
    let [candidate, control] = [EMPTY_RUN, EMPTY_RUN];
    for (let look = 0; look < 25; look += 1) {
      candidate = gathered(candidate, [60, slowness], random);
      control = gathered(control, [240, 1], random);
      const { low, high = Infinity } = quantileRatioInterval({ candidate, control }, q);
      if (low <= truth && truth <= high) continue;
      missed += 1;
      break;
    }
  }
  expect(missed).toBeLessThanOrEqual(MOST_MISSED);
});

/** Standard normal quantiles. */
const Z: Readonly<Record<number, number>> = { 0.5: 0, 0.9: 1.2815515655446004, 0.99: 2.3263478740408408 };
