import { isotonicBlocks } from './isotonic.ts';

/** One arm of a bet: what it is believed to look like, and what it did in this tick. */
export interface BetSide {
  /** Believed probability per bin: positive, adding up to 1, known before the tick. */
  readonly mass: Float64Array;
  /** Values per bin in this tick. */
  readonly counts: Float64Array;
  readonly total: number;
}

/** A score may not promise more than this part of the stake, or one value could lose it all. */
const LARGEST_STAKE = 0.98;

/**
 * What one tick adds to the log evidence that `slow` is slower than `fast`.
 *
 * Each value of the slow arm multiplies the evidence by A and each of the fast arm by B, with
 * n_s·A + n_f·B = n for every bin: when both arms share a distribution, whichever it is in this tick, the
 * product's mean is at most 1 (arithmetic against geometric mean). A grows with the value, so a slow arm that
 * is stochastically not slower only lowers the mean. The best such A for a belief is the likelihood ratio
 * against the mixture of both arms, made monotone by isotonic regression weighted by that mixture.
 */
export function logBet(slow: BetSide, fast: BetSide): number {
  if (slow.total === 0 || fast.total === 0) return 0;
  const share = slow.total / (slow.total + fast.total);
  const mixture = new Float64Array(slow.mass.length);
  for (let bin = 0; bin < mixture.length; bin += 1) {
    mixture[bin] = share * (slow.mass[bin] ?? 0) + (1 - share) * (fast.mass[bin] ?? 0);
  }
  const { ends, count } = isotonicBlocks(slow.mass, mixture);
  let log = 0;
  let start = 0;
  for (let block = 0; block < count; block += 1) {
    const range = [start, (ends[block] ?? 0) + 1] as const;
    const slowCount = sumOf(slow.counts, range);
    const fastCount = sumOf(fast.counts, range);
    if (slowCount > 0 || fastCount > 0) {
      const stake = Math.min((share * sumOf(slow.mass, range)) / sumOf(mixture, range), LARGEST_STAKE);
      log += slowCount * Math.log(stake / share) + fastCount * Math.log((1 - stake) / (1 - share));
    }
    start = range[1];
  }
  return log;
}

function sumOf(values: Float64Array, [start, end]: readonly [start: number, end: number]): number {
  let sum = 0;
  for (let i = start; i < end; i += 1) sum += values[i] ?? 0;
  return sum;
}
