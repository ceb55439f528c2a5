import { upperBoundOf } from '../measurement.ts';
import { quantileBucket, totalOf, type BucketRun } from './bucket-run.ts';
import { INTERVAL_ERROR, type RatioInterval } from './ratio-interval.ts';

/** Buckets that hold the quantile; without `high` values are too few for an upper end, without `low` for a lower. */
interface BucketInterval {
  readonly low?: number;
  readonly high?: number;
}

/** Both arms' values. */
interface Runs {
  readonly candidate: BucketRun;
  readonly control: BucketRun;
}

/**
 * A 95 % confidence sequence for the ratio of the `q` quantiles of two runs, candidate over control, from one for
 * each of half the error. Bucket bounds are taken outwards. Assumed: values of one run are independent, or tell
 * `factor` times less than if they were, and both runs were gathered over the same time.
 */
export function quantileRatioInterval({ candidate, control }: Runs, q: number, factor = 1): RatioInterval {
  const here = quantileInterval(candidate, q, factor);
  const there = quantileInterval(control, q, factor);
  return {
    low: here.low === undefined || there.high === undefined ? 0 : between(here.low - 1, there.high),
    ...(here.high === undefined || there.low === undefined
      ? {}
      : { high: between(here.high, there.low - 1) }),
  };
}

/** The ratio of two buckets' upper bounds. */
function between(above: number, below: number): number {
  return upperBoundOf(above - below);
}

/** Howard and Ramdas (2022), theorem 1: the quantiles at `q ± f` hold the true one at every look at once. */
function quantileInterval(run: BucketRun, q: number, factor: number): BucketInterval {
  const total = totalOf(run);
  const n = total / factor;
  if (n < 2) return {};
  const spread = (1.4 * Math.log(Math.log(2.1 * n)) + Math.log((10 * 2) / INTERVAL_ERROR)) / n;
  const f = 1.5 * Math.sqrt(q * (1 - q) * spread) + 0.8 * spread;
  const low = q - f > 0 ? quantileBucket(run, q - f, total) : undefined;
  const high = q + f < 1 ? quantileBucket(run, q + f, total) : undefined;
  return { ...(low === undefined ? {} : { low }), ...(high === undefined ? {} : { high }) };
}
