import { BUCKETS_PER_DOUBLING, type LogHistogram } from '../measurement.ts';
import { binsFor, countsUpTo, probabilitiesUpTo } from './bins.ts';
import { totalOf, type BucketRun } from './bucket-run.ts';
import { distributionOf, type Distribution } from './distribution.ts';
import { logBet } from './histogram-betting.ts';

/** A way a version can be slower: the slowest `tail` of its answers take `factor` times as long. */
export interface Slowdown {
  readonly factor: number;
  readonly tail: number;
}

/** The ways of being slower that are bet on, in equal parts, by factor: all answers, or only a tail. */
const TAILS_BY_FACTOR: readonly (readonly [factor: number, tails: readonly number[]])[] = [
  [1.04, [1]],
  [1.08, [1]],
  [1.15, [1]],
  [1.3, [1]],
  [1.8, [1]],
  [3, [1, 0.1, 0.05, 0.02, 0.01]],
  [1.4, [0.1, 0.05, 0.02, 0.01]],
];

/** The same as a list, in the order of the terms of `harmTerms`. */
export const SLOWDOWNS: readonly Slowdown[] = TAILS_BY_FACTOR.flatMap(([factor, tails]) =>
  tails.map((tail) => ({ factor, tail })),
);

/** Where between equal speed and the safety margin the candidate may be, as powers of the margin; below 0: faster. */
export const SAFE_PLACES = [-0.3, 0, 0.25, 0.5, 0.75] as const;

/** Fewer values of the control than this teach nothing worth betting on. */
const ENOUGH_TO_BET = 30;

/** The latencies of one tick beside what the control's earlier ones have taught. */
export interface LatencyModel {
  readonly candidate: LogHistogram;
  readonly control: LogHistogram;
  readonly learned: BucketRun;
  readonly distribution: Distribution;
}

/** Undefined when there is nothing to bet on (an arm without values) or nothing to bet from. */
export function modelOf(
  learned: BucketRun,
  { candidate, control }: { readonly candidate: LogHistogram; readonly control: LogHistogram },
): LatencyModel | undefined {
  const isComparable = candidate.length > 0 && control.length > 0;
  if (!isComparable || totalOf(learned) < ENOUGH_TO_BET) return undefined;
  return { candidate, control, learned, distribution: distributionOf(learned) };
}

/** The whole buckets that hold a margin: what is tolerated is never less than asked for. */
export function bucketsOfMargin(ratio: number): number {
  return Math.max(0, Math.ceil(Math.log2(ratio) * BUCKETS_PER_DOUBLING - 1e-9));
}

/** The whole buckets that fit in a safety margin: what is proved is never less than asked for. */
export function bucketsWithin(ratio: number): number {
  return Math.floor(Math.log2(ratio) * BUCKETS_PER_DOUBLING + 1e-9);
}

/**
 * Log evidence of one tick that the candidate is slower than the control moved up by `shift` buckets; values
 * up to bucket `collapse` count as equal. One term per slowdown.
 */
export function harmTerms(model: LatencyModel, shift: number, collapse?: number): readonly number[] {
  const { distribution } = model;
  const bins = binsFor(model.learned, shift, collapse);
  const asControl = probabilitiesUpTo(distribution, shift, bins);
  const fast = { upTo: countsUpTo(model.control, shift, bins), mass: massOf(asControl, distribution) };
  const upTo = countsUpTo(model.candidate, 0, bins);
  return TAILS_BY_FACTOR.flatMap(([factor, tails]) => {
    const rise = Math.log2(factor) * BUCKETS_PER_DOUBLING;
    const slowed = probabilitiesUpTo(distribution, shift + rise, bins);
    return tails.map((tail) => {
      const mass = massOf(tail === 1 ? slowed : withSlowTail(asControl, slowed, tail), distribution);
      return logBet({ upTo, mass }, fast);
    });
  });
}

/** The body of one distribution with the tail of another. */
function withSlowTail(body: readonly number[], slowed: readonly number[], tail: number): readonly number[] {
  const upTo: number[] = [];
  for (let bin = 0; bin < body.length; bin += 1) {
    const beyond = Math.max(0, (slowed[bin] ?? 1) - (1 - tail));
    upTo.push(Math.min(body[bin] ?? 1, 1 - tail) + beyond);
  }
  return upTo;
}

/**
 * Log evidence of one tick against "the candidate is slower than the control moved up by `shift` buckets":
 * the same bet with the arms exchanged. One term per place.
 */
export function safeTerms(model: LatencyModel, shift: number, collapse?: number): readonly number[] {
  const { distribution } = model;
  const bins = binsFor(model.learned, shift, collapse);
  const massAt = (by: number): readonly number[] =>
    massOf(probabilitiesUpTo(distribution, by, bins), distribution);
  const slow = { upTo: countsUpTo(model.control, shift, bins), mass: massAt(shift) };
  const upTo = countsUpTo(model.candidate, 0, bins);
  return SAFE_PLACES.map((place) => logBet(slow, { upTo, mass: massAt(place * shift) }));
}

/** Probability per bin, with a trace of doubt, of the weight of one value, that keeps each above 0. */
function massOf(upTo: readonly number[], { size }: Distribution): readonly number[] {
  const doubt = 1 / (size + 1);
  const mass: number[] = [];
  let before = 0;
  for (let bin = 0; bin < upTo.length; bin += 1) {
    const until = upTo[bin] ?? 1;
    mass.push((1 - doubt) * (until - before) + doubt / upTo.length);
    before = until;
  }
  return mass;
}
