import { rootBetween, type Point } from './root.ts';

/** By how much the candidate's values lie above the control's, in the metric's own unit. */
export interface LocationShift {
  /** The confidence interval. */
  readonly low: number;
  readonly high: number;
  /** Near the median of all differences between a candidate's and a control's value (Hodges and Lehmann). */
  readonly estimate: number;
}

/** Two samples, each in ascending order and without NaN. */
export interface SortedArms {
  readonly candidate: readonly number[];
  readonly control: readonly number[];
}

/**
 * The shift between two samples with the interval that the Mann–Whitney test does not refute: the normal
 * approximation with continuity and tie corrections, inverted by root finding, as R's `wilcox.test` does it
 * for samples that have ties. `z` is the normal quantile of the interval's upper end. Undefined when all
 * values are tied somewhere on the way, so that the test has no variance.
 */
export function locationShift(arms: SortedArms, z: number): LocationShift | undefined {
  const { candidate, control } = arms;
  const from = (candidate[0] ?? NaN) - (control.at(-1) ?? NaN);
  const to = (candidate.at(-1) ?? NaN) - (control[0] ?? NaN);
  const seen = { tied: false };
  const statistic = (shift: number): number => {
    const value = standardScore(arms, shift);
    seen.tied ||= Number.isNaN(value);
    return value;
  };
  const atFrom = statistic(from);
  const atTo = statistic(to);
  const crossing = (level: number): number => {
    const low: Point = { x: from, y: atFrom - level };
    const high: Point = { x: to, y: atTo - level };
    return rootBetween((shift) => statistic(shift) - level, low, high);
  };
  const limit = (level: number): number => {
    if (atFrom - level <= 0) return from;
    return atTo - level >= 0 ? to : crossing(level);
  };
  const shift = { low: limit(z), high: limit(-z), estimate: crossing(0) };
  return seen.tied ? undefined : shift;
}

/**
 * The Mann–Whitney statistic of the candidate's values less `shift` against the control's, in standard
 * deviations; NaN when every value is tied. One pass, since subtracting keeps the order. What has no value
 * (infinity less infinity) ranks highest.
 */
export function standardScore({ candidate, control }: SortedArms, shift: number): number {
  const [n, m] = [candidate.length, control.length];
  const { rankSum, ties } = ranksOf({ candidate, control }, shift);
  const excess = rankSum - (n * (n + 1)) / 2 - (n * m) / 2;
  const correction = Math.sign(excess) * 0.5;
  const variance = ((n * m) / 12) * (n + m + 1 - ties / ((n + m) * (n + m - 1)));
  const deviation = Math.sqrt(variance);
  return deviation === 0 ? NaN : (excess - correction) / deviation;
}

/** The sum of the candidate's ranks, ties averaged, and the sum of t³ − t over groups of t tied values. */
export function ranksOf(
  { candidate, control }: SortedArms,
  shift: number,
): { readonly rankSum: number; readonly ties: number } {
  let [i, j, rankSum, ties] = [0, 0, 0, 0];
  while (i < candidate.length || j < control.length) {
    const value = Math.min(shifted(candidate[i], shift), control[j] ?? Infinity);
    const [fromI, fromJ] = [i, j];
    while (i < candidate.length && shifted(candidate[i], shift) === value) i += 1;
    while (j < control.length && control[j] === value) j += 1;
    const tied = i - fromI + (j - fromJ);
    rankSum += (i - fromI) * (fromI + fromJ + (tied + 1) / 2);
    ties += tied ** 3 - tied;
  }
  return { rankSum, ties };
}

function shifted(value: number | undefined, shift: number): number {
  const moved = (value ?? Infinity) - shift;
  return Number.isNaN(moved) ? Infinity : moved;
}
