import type { SequentialSettings } from '../../rollout/model.ts';
import type { Effect } from '../judgement.ts';
import { bucketOf, upperBoundOf, type LogHistogram } from '../measurement.ts';
import { quantileBucket, runQuantile, totalOf, type BucketRun } from '../stats/bucket-run.ts';
import { logEvidenceBelow, type Tally } from '../stats/one-sample.ts';
import { quantileRatioInterval } from '../stats/quantile-interval.ts';
import { bytes, counted, milliseconds } from '../words.ts';
import type { Sight } from './conclusion.ts';
import { inDirection, type Direction } from './direction.ts';
import type { CheckWith } from './judge.ts';

type DistributionCheck = CheckWith<SequentialSettings>;

/** The quantile that an absolute level speaks of, and that is shown, when the check names none. */
const USUAL_QUANTILE = 0.99;

/** The quantile whose value is shown and held against an absolute level. */
export function quantileOfInterest(check: DistributionCheck): number {
  const usual = check.worse === 'lower' ? 1 - USUAL_QUANTILE : USUAL_QUANTILE;
  return namedQuantile(check) ?? Number(usual.toFixed(2));
}

function namedQuantile({ metric }: DistributionCheck): number | undefined {
  return 'quantile' in metric ? metric.quantile : undefined;
}

/**
 * The bucket up to which values of the control, moved by `shift`, count as equal: the floor, or a quantile. For
 * `down` buckets count from the top, as those of `learned` must.
 */
export function collapseOf(
  check: DistributionCheck,
  direction: Direction,
  { learned, shift }: { readonly learned: BucketRun; readonly shift: number },
): number | undefined {
  const tail = tailOf(check, direction, { learned, shift });
  const floor = inDirection(check, direction, check.floor);
  if (floor === undefined) return tail;
  const bucket = direction === 'up' ? bucketOf(floor) : 0 - bucketOf(floor);
  return Math.max(bucket, tail ?? -Infinity);
}

/** The same for the quantile alone. */
export function tailOf(
  check: DistributionCheck,
  direction: Direction,
  { learned, shift }: { readonly learned: BucketRun; readonly shift: number },
): number | undefined {
  const q = namedQuantile(check);
  const bucket = q === undefined ? undefined : quantileBucket(learned, direction === 'up' ? q : 1 - q);
  return bucket === undefined ? undefined : bucket + shift;
}

/** The values of the candidate, and those of them on the bad side of the level that proves safety. */
export function beyondLevel(check: DistributionCheck, values: LogHistogram): Tally {
  const level = levelOf(check);
  let trials = 0;
  let hits = 0;
  for (const [index, count] of values) {
    trials += count;
    if (level?.isBeyond(index) === true) hits += count;
  }
  return { trials, hits };
}

/** Log evidence that the quantile of interest is on the good side of the level; undefined without a level. */
export function logWithinLevel(check: DistributionCheck, tally: Tally): number | undefined {
  const level = levelOf(check);
  return level === undefined ? undefined : logEvidenceBelow(tally, level.mayBeBeyond);
}

interface Level {
  /** A bucket that holds the level counts as beyond it. */
  readonly isBeyond: (bucket: number) => boolean;
  readonly mayBeBeyond: number;
}

/** The level whose proof is a proof of safety: the absolute margin or the floor, whichever allows more. */
function levelOf(check: DistributionCheck): Level | undefined {
  const { safe } = check.judge;
  const absolute = safe !== undefined && 'absolute' in safe ? safe.absolute : undefined;
  const levels = [absolute, check.floor].filter((level) => level !== undefined).filter((level) => level > 0);
  if (levels.length === 0) return undefined;
  const q = quantileOfInterest(check);
  if (check.worse === 'lower') {
    const level = Math.min(...levels) * (1 - 1e-9);
    return { isBeyond: (index) => upperBoundOf(index - 1) < level, mayBeBeyond: q };
  }
  const level = Math.max(...levels) * (1 + 1e-9);
  return { isBeyond: (index) => upperBoundOf(index) > level, mayBeBeyond: 1 - q };
}

/** What a check saw of both arms in this step. */
export function distributionStory(check: DistributionCheck, candidate: BucketRun, control: BucketRun): Sight {
  const isSize = check.metric.kind === 'size';
  const shown = isSize ? bytes : milliseconds;
  const samples = totalOf(candidate);
  const others = totalOf(control);
  const q = quantileOfInterest(check);
  const here = runQuantile(candidate, q, samples);
  const there = runQuantile(control, q, others);
  if (here === undefined) return { story: 'no canary requests in this step yet', samples };
  const seen = { samples, candidate: here };
  if (there === undefined) return { ...seen, story: 'stable had no requests to compare with' };
  const medians = [runQuantile(candidate, 0.5, samples), runQuantile(control, 0.5, others)];
  const middle = medians.map((median) => shown(median ?? 0)).join(' against ');
  const story = `${counted(samples, 'canary request')}, median ${middle}, ${nameOf(q)} ${shown(here)} against ${shown(there)} on stable`;
  return { ...seen, control: there, story };
}

/**
 * The ratio of both arms' quantiles in this step: the one the check names, else their medians. `factor`: how many
 * times less values tell than independent ones.
 */
export function distributionEffect(
  check: DistributionCheck,
  { candidate, control }: { readonly candidate: BucketRun; readonly control: BucketRun },
  factor: number,
): Effect {
  const q = namedQuantile(check) ?? 0.5;
  const of = q === 0.5 ? 'median' : nameOf(q);
  const interval = quantileRatioInterval({ candidate, control }, q, factor);
  const here = runQuantile(candidate, q);
  const there = runQuantile(control, q);
  return here === undefined || there === undefined
    ? { of, ...interval }
    : { of, estimate: here / there, ...interval };
}

/** `p99`, `p99.9`. */
function nameOf(quantile: number): string {
  return `p${String(Number((quantile * 100).toPrecision(12)))}`;
}
