import { BUCKETS_PER_DOUBLING, type LogHistogram } from '../measurement.ts';
import { binsFor, countsUpTo, probabilitiesUpTo } from './bins.ts';
import { totalOf, type BucketRun } from './bucket-run.ts';
import { distributionOf, type Distribution } from './distribution.ts';
import { betting } from './histogram-betting.ts';

/** A way a version can be slower: the slowest `tail` of its answers take `factor` times as long. */
export interface Slowdown {
  readonly factor: number;
  readonly tail: number;
}

type Tails = readonly (readonly [factor: number, tails: readonly number[]])[];

/** Hangs: beyond everything that was seen, and beyond every floor. */
const HANGING: Tails = [[1_000, [0.1]]];

/** The ways of being slower that are bet on, in equal parts, by factor: all answers, or only a tail. */
const TAILS_BY_FACTOR: Tails = [
  [1.04, [1]],
  [1.08, [1]],
  [1.15, [1]],
  [1.3, [1]],
  [1.8, [1]],
  [3, [1, 0.1, 0.05, 0.02, 0.01]],
  [1.4, [0.1, 0.05, 0.02, 0.01]],
  ...HANGING,
];

/** The fewer ways of being too small, where values are in reverse: what comes easily does not come by hundredths. */
const FEWER_TAILS: Tails = TAILS_BY_FACTOR.slice(0, 5).concat([[3, [1, 0.1]]], HANGING);

/** The same as lists, in the order of the terms of `harmTerms`. */
export const SLOWDOWNS = slowdownsOf(TAILS_BY_FACTOR);
/** For values in reverse. */
export const FEWER_SLOWDOWNS = slowdownsOf(FEWER_TAILS);

function slowdownsOf(ways: Tails): readonly Slowdown[] {
  return ways.flatMap(([factor, tails]) => tails.map((tail) => ({ factor, tail })));
}

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

/** How buckets are compared. */
export interface Comparison {
  /** The control is moved up by so many buckets. */
  readonly shift: number;
  /** Values up to this bucket count as equal. */
  readonly collapse?: number | undefined;
  /** True: only the ways of `FEWER_SLOWDOWNS`. */
  readonly isReversed?: boolean;
}

/** Log evidence of one tick that the candidate is slower than the control moved up. One term per slowdown. */
export function harmTerms(model: LatencyModel, comparison: Comparison): readonly number[] {
  const { distribution } = model;
  const { shift, collapse, isReversed = false } = comparison;
  const bins = binsFor(model.learned, shift, collapse);
  const asControl = probabilitiesUpTo(distribution, shift, bins);
  const fast = massOf(asControl, distribution);
  const bet = betting(countsUpTo(model.candidate, 0, bins), countsUpTo(model.control, shift, bins));
  const terms: number[] = [];
  for (const [factor, tails] of isReversed ? FEWER_TAILS : TAILS_BY_FACTOR) {
    const slowed = probabilitiesUpTo(distribution, shift + Math.log2(factor) * BUCKETS_PER_DOUBLING, bins);
    for (const tail of tails) {
      terms.push(
        bet(massOf(tail === 1 ? slowed : withSlowTail(asControl, slowed, tail), distribution), fast),
      );
    }
  }
  return terms;
}

/** The body of one distribution with the tail of another. */
function withSlowTail(body: readonly number[], slowed: readonly number[], tail: number): readonly number[] {
  const upTo = body.slice();
  for (let bin = 0; bin < upTo.length; bin += 1) {
    const beyond = Math.max(0, (slowed[bin] ?? 1) - (1 - tail));
    upTo[bin] = Math.min(upTo[bin] ?? 1, 1 - tail) + beyond;
  }
  return upTo;
}

/**
 * Log evidence of one tick against "the candidate is slower than the control moved up": the same bet with the arms
 * exchanged. One term per place.
 */
export function safeTerms(model: LatencyModel, { shift, collapse }: Comparison): readonly number[] {
  const { distribution } = model;
  const bins = binsFor(model.learned, shift, collapse);
  const massAt = (by: number): readonly number[] =>
    massOf(probabilitiesUpTo(distribution, by, bins), distribution);
  const slow = massAt(shift);
  const bet = betting(countsUpTo(model.control, shift, bins), countsUpTo(model.candidate, 0, bins));
  return SAFE_PLACES.map((place) => bet(slow, massAt(place * shift)));
}

/** Probability per bin, with a trace of doubt, of the weight of one value, that keeps each above 0. */
function massOf(upTo: readonly number[], { size }: Distribution): readonly number[] {
  const doubt = 1 / (size + 1);
  const trace = doubt / upTo.length;
  const mass = upTo.slice();
  let before = 0;
  for (let bin = 0; bin < mass.length; bin += 1) {
    const until = mass[bin] ?? 1;
    mass[bin] = (1 - doubt) * (until - before) + trace;
    before = until;
  }
  return mass;
}
