import type { LogHistogram } from '../measurement.ts';

/** Number, sum and sum of squares of values, in buckets. */
type Moments = readonly [count: number, sum: number, squares: number];

/**
 * How the difference of the arms wanders: whether it varies from one window of time to the next by more than chance
 * explains, as it does when each arm has machines and neighbours of its own. Plain JSON of a fixed size.
 */
export interface Drift {
  /** The window under way. */
  readonly openMs: number;
  readonly candidate: Moments;
  readonly control: Moments;
  /** Of the windows of this step: weights, and differences and their squares by weight. */
  readonly windows: number;
  readonly weights: number;
  readonly weighted: number;
  readonly squares: number;
  /** Of finished steps: squared deviations from each step's mean, in variances, and how many were free to vary. */
  readonly deviations: number;
  readonly freedom: number;
}

const WINDOW_MS = 20_000;

/** Windows imagined beforehand, which vary a tenth more than by chance. */
const IMAGINED = 4;
const DOUBT_BEFORE = 0.1;
/** Standard errors that what is measured must exceed chance by. */
const ERRORS = 0.2;
/** Over minutes arms wander farther than from window to window. */
const FARTHER = 2;
const LARGEST = 20;

/** Values within a bucket vary too. */
const LEAST_VARIANCE = 1 / 12;

const NOTHING: Moments = [0, 0, 0];
const NO_WINDOWS = {
  openMs: 0,
  candidate: NOTHING,
  control: NOTHING,
  windows: 0,
  weights: 0,
  weighted: 0,
  squares: 0,
};

/** Nothing known yet. */
export const NO_DRIFT: Drift = { ...NO_WINDOWS, deviations: 0, freedom: 0 };

/** Adds one tick. A window that lacks one of the arms tells nothing. */
export function addToDrift(
  drift: Drift,
  ms: number,
  tick: { readonly candidate: LogHistogram; readonly control: LogHistogram },
): Drift {
  const openMs = drift.openMs + ms;
  const candidate = withValues(drift.candidate, tick.candidate);
  const control = withValues(drift.control, tick.control);
  if (openMs < WINDOW_MS) return { ...drift, openMs, candidate, control };
  const closed = { ...drift, openMs: 0, candidate: NOTHING, control: NOTHING };
  if (candidate[0] < 2 || control[0] < 2) return closed;
  const difference = candidate[1] / candidate[0] - control[1] / control[0];
  const weight = 1 / (varianceWithin(candidate, control) * (1 / candidate[0] + 1 / control[0]));
  return {
    ...closed,
    windows: drift.windows + 1,
    weights: drift.weights + weight,
    weighted: drift.weighted + weight * difference,
    squares: drift.squares + weight * difference ** 2,
  };
}

function withValues([count, sum, squares]: Moments, histogram: LogHistogram): Moments {
  let [n, s, q] = [count, sum, squares];
  for (const [index, times] of histogram) {
    n += times;
    s += times * index;
    q += times * index * index;
  }
  return [n, s, q];
}

function varianceWithin(a: Moments, b: Moments): number {
  const around = ([count, sum, squares]: Moments): number => squares - (sum * sum) / count;
  return Math.max(LEAST_VARIANCE, (around(a) + around(b)) / (a[0] + b[0] - 2));
}

/** A step begins: a difference that changed with it is no drift. */
export function stepOfDrift(drift: Drift): Drift {
  const { deviations, freedom } = allOf(drift);
  return { ...NO_WINDOWS, deviations, freedom };
}

function allOf(drift: Drift): Pick<Drift, 'deviations' | 'freedom'> {
  const { windows, weights, weighted, squares } = drift;
  if (windows < 2) return drift;
  const deviations = Math.max(0, squares - (weighted * weighted) / weights);
  return { deviations: drift.deviations + deviations, freedom: drift.freedom + windows - 1 };
}

/**
 * How many times less evidence there is than values suggest, at least 1: the variance of the arms' difference over
 * what it would be by chance. A constant difference does not raise it.
 */
export function driftFactor(drift: Drift): number {
  const { deviations, freedom } = allOf(drift);
  const seen = freedom + IMAGINED;
  const excess = (deviations + IMAGINED) / seen - 1 - ERRORS / Math.sqrt(seen);
  return Math.min(LARGEST, 1 + FARTHER * Math.max(0, excess) + (DOUBT_BEFORE * IMAGINED) / seen);
}
