import { BUCKETS_PER_DOUBLING, type LogHistogram } from '../measurement.ts';
import { binsFor, intoBins, massPerBin, type Bins } from './bins.ts';
import { totalOf, type BucketRun } from './bucket-run.ts';
import { distributionOf, probabilityUpTo, type Distribution } from './distribution.ts';
import { logBet } from './histogram-betting.ts';

/** A way a version can be slower: the slowest `tail` of its answers take `factor` times as long. */
interface Slowdown {
  readonly factor: number;
  readonly tail: number;
}

/** The ways of being slower that are bet on, in equal parts: all answers, or only a tail. */
export const SLOWDOWNS: readonly Slowdown[] = [
  ...[1.04, 1.08, 1.15, 1.3, 1.8, 3].map((factor) => ({ factor, tail: 1 })),
  ...[0.1, 0.05, 0.02, 0.01].flatMap((tail) => [
    { factor: 1.4, tail },
    { factor: 3, tail },
  ]),
];

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
  return Math.ceil(Math.log2(ratio) * BUCKETS_PER_DOUBLING - 1e-9);
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
  const bins = binsFor(model.learned, shift, collapse);
  const before = (edge: number): number => probabilityUpTo(model.distribution, edge - shift);
  const fast = { ...countsIn(model.control, shift, bins), mass: believed(model, before, bins) };
  const counts = countsIn(model.candidate, 0, bins);
  return SLOWDOWNS.map(({ factor, tail }) => {
    const rise = Math.log2(factor) * BUCKETS_PER_DOUBLING;
    const body = 1 - tail;
    const slowed = (edge: number): number =>
      Math.min(before(edge), body) + Math.max(0, before(edge - rise) - body);
    return logBet({ ...counts, mass: believed(model, slowed, bins) }, fast);
  });
}

/**
 * Log evidence of one tick against "the candidate is slower than the control moved up by `shift` buckets":
 * the same bet with the arms exchanged. One term per place.
 */
export function safeTerms(model: LatencyModel, shift: number, collapse?: number): readonly number[] {
  const bins = binsFor(model.learned, shift, collapse);
  const moved = (by: number) => (edge: number) => probabilityUpTo(model.distribution, edge - by);
  const slow = { ...countsIn(model.control, shift, bins), mass: believed(model, moved(shift), bins) };
  const counts = countsIn(model.candidate, 0, bins);
  return SAFE_PLACES.map((place) =>
    logBet(slow, { ...counts, mass: believed(model, moved(place * shift), bins) }),
  );
}

/** A trace of doubt, of the weight of one value, keeps every probability above 0. */
function believed({ distribution }: LatencyModel, upTo: (edge: number) => number, bins: Bins): Float64Array {
  return massPerBin(upTo, bins, 1 / (distribution.size + 1));
}

function countsIn(
  histogram: LogHistogram,
  shift: number,
  bins: Bins,
): { readonly counts: Float64Array; readonly total: number } {
  const counts = intoBins(histogram, shift, bins);
  return { counts, total: counts.reduce((sum, count) => sum + count, 0) };
}
