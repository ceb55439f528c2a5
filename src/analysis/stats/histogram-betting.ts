import { poolViolators } from './isotonic.ts';

/** One arm of a bet: what it is believed to look like, and what it did in this tick. */
export interface BetSide {
  /** Believed probability per bin: positive, adding up to 1, known before the tick. */
  readonly mass: readonly number[];
  /** Values of this tick in the first `i` bins, for every `i` from none to all. */
  readonly upTo: readonly number[];
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
  return betting(slow.upTo, fast.upTo)(slow.mass, fast.mass);
}

/** The same for several beliefs about one tick, given what the arms did in it. Faster: its room is used again. */
export function betting(
  slowUpTo: readonly number[],
  fastUpTo: readonly number[],
): (slowMass: readonly number[], fastMass: readonly number[]) => number {
  const bins = slowUpTo.length - 1;
  const slowTotal = at(slowUpTo, bins);
  const fastTotal = at(fastUpTo, bins);
  if (slowTotal === 0 || fastTotal === 0) return () => 0;
  const share = slowTotal / (slowTotal + fastTotal);
  const amounts = new Array<number>(bins).fill(0);
  const mixture = new Array<number>(bins).fill(0);
  const room = new Array<number>(bins).fill(0);
  return (slowMass, fastMass) => {
    for (let bin = 0; bin < bins; bin += 1) {
      amounts[bin] = at(slowMass, bin);
      mixture[bin] = share * at(slowMass, bin) + (1 - share) * at(fastMass, bin);
    }
    const { ends, blocks } = poolViolators(amounts, mixture, room);
    let log = 0;
    let start = 0;
    for (let block = 0; block < blocks; block += 1) {
      const end = at(ends, block);
      const stake = Math.min((share * at(amounts, block)) / at(mixture, block), LARGEST_STAKE);
      const slowCount = at(slowUpTo, end) - at(slowUpTo, start);
      const fastCount = at(fastUpTo, end) - at(fastUpTo, start);
      if (slowCount > 0) log += slowCount * Math.log(stake / share);
      if (fastCount > 0) log += fastCount * Math.log((1 - stake) / (1 - share));
      start = end;
    }
    return log;
  };
}

function at(values: readonly number[], index: number): number {
  return values[index] ?? 0;
}
