import { quantileOf, upperBoundOf, type LogHistogram, type TrackCounters } from './measurement.ts';

/** What both sides served in a stretch of time in which the world was much the same: a step, or a tick. */
export interface ServedTogether {
  readonly candidate: Pick<TrackCounters, 'requests' | 'errors'>;
  readonly control: Pick<TrackCounters, 'requests' | 'errors'>;
}

/** How many requests more were harmed than the version they are compared with would have harmed. */
export interface Harmed {
  readonly requests: number;
  /** A 95 % interval. */
  readonly low: number;
  readonly high: number;
}

/** Slow requests: those above `thanMs`, a latency that the share `kept` of the control's requests keep. */
export interface Slowed extends Harmed {
  readonly thanMs: number;
  /** 0.5, 0.9 or 0.99. */
  readonly kept: number;
}

/** Standard deviations to either end of a 95 % interval. */
const REACH = 1.96;
/** What is slow: a version may be slower to half of its users, or to one of a hundred. */
const KEPT = [0.99, 0.9, 0.5] as const;
/** The same for three intervals that are to hold together. */
const REACH_OF_ALL = 2.394;
/** Of fewer requests nobody knows what 99 of 100 of them keep. */
const FEWEST = 100;

/**
 * The candidate's failures beyond those that the control's share of failures would have made of as many requests, summed
 * over stretches, since the world changes between them. Failures are taken as Poisson counts on both sides, so that a few
 * good answers prove no perfection of either. Undefined where nothing was compared.
 */
export function failedBeyondControl(stretches: readonly ServedTogether[]): Harmed | undefined {
  const compared = stretches.filter(
    ({ candidate, control }) => candidate.requests > 0 && control.requests > 0,
  );
  if (compared.length === 0) return undefined;
  return beyond(
    compared.map(({ candidate, control }) => ({
      harmed: candidate.errors,
      usual: control.errors,
      perControl: candidate.requests / control.requests,
    })),
  );
}

/**
 * The candidate's requests that took longer than most of the control's, beyond as large a part of them as of the
 * control's. So many at least were slowed: those that are no slower than others always were do not show. Of what is slow
 * that is told which shows the most, and the interval holds for all of them. Undefined where it cannot be known, because
 * too little was compared.
 */
export function slowedBeyondControl(candidate: LogHistogram, control: LogHistogram): Slowed | undefined {
  if (countOf(candidate) === 0 || countOf(control) < FEWEST) return undefined;
  const all = KEPT.map((kept) => slowedBeyond(kept, candidate, control));
  return all.reduce((one, other) => (other.low > one.low ? other : one));
}

function slowedBeyond(kept: Slowed['kept'], candidate: LogHistogram, control: LogHistogram): Slowed {
  const thanMs = quantileOf(control, kept) ?? 0;
  const stretch = {
    harmed: countAbove(candidate, thanMs),
    usual: countAbove(control, thanMs),
    perControl: countOf(candidate) / countOf(control),
  };
  return { ...beyond([stretch], REACH_OF_ALL), thanMs, kept };
}

interface Stretch {
  readonly harmed: number;
  /** As many of the control's. */
  readonly usual: number;
  /** Requests of the candidate for one of the control. */
  readonly perControl: number;
}

/**
 * Nobody harms fewer than nobody. The interval of a difference is put together from those of both counts: with none seen
 * of either its upper end is still what may have been.
 */
function beyond(stretches: readonly Stretch[], reach = REACH): Harmed {
  const sum = (of: (stretch: Stretch) => number): number =>
    stretches.reduce((total, stretch) => total + of(stretch), 0);
  const harmed = sum((stretch) => stretch.harmed);
  const usual = sum((stretch) => stretch.usual * stretch.perControl);
  // A sum of weighted counts is about as uncertain as one count with this weight.
  const weight =
    usual > 0
      ? sum((stretch) => stretch.usual * stretch.perControl ** 2) / usual
      : sum(({ perControl }) => perControl) / stretches.length;
  const [theirs, ours] = [poissonRange(harmed, reach), poissonRange(usual / weight, reach)];
  const more = harmed - usual;
  const down = Math.hypot(harmed - theirs.low, weight * ours.high - usual);
  const up = Math.hypot(theirs.high - harmed, usual - weight * ours.low);
  return { requests: Math.max(0, more), low: Math.max(0, more - down), high: Math.max(0, more + up) };
}

/** What a count may be the mean of, after Byar: within a percent of the exact limits. */
function poissonRange(count: number, reach: number): { readonly low: number; readonly high: number } {
  const limit = (of: number, by: number): number => of * (1 - 1 / (9 * of) + by / (3 * Math.sqrt(of))) ** 3;
  return { low: count <= 0 ? 0 : Math.max(0, limit(count, -reach)), high: limit(count + 1, reach) };
}

function countOf(histogram: LogHistogram): number {
  return histogram.reduce((sum, [, count]) => sum + count, 0);
}

function countAbove(histogram: LogHistogram, ms: number): number {
  return countOf(histogram.filter(([index]) => upperBoundOf(index) > ms));
}
