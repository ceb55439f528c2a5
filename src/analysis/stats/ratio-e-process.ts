import type { Exposure } from '../measurement.ts';
import { logGrid } from './log-sum.ts';

/** What the tick is weighed against: rate of `suspect` ≤ `tolerated` × rate of `reference`. */
export interface RatioTick {
  readonly suspect: Exposure;
  readonly reference: Exposure;
  readonly tolerated: number;
}

/** Alternatives for harm: the true ratio as a multiple of the tolerated one. */
export const HARM_RATIOS = logGrid(1.3, 500, 24);

/** Alternatives for safety, where the multiple is at most the safety margin unless the candidate is better. */
export const SAFE_RATIOS = logGrid(1.1, 30, 10);

/**
 * What one tick adds to the logarithm of each alternative's likelihood ratio.
 *
 * Given that an event happened, it was the suspect's with probability ρ = r0·n_s/(r0·n_s+n_r) at the edge of
 * the null and θ under the alternative r0·g, whatever the common rate is, so that load and bursts cancel. For
 * events that are not Poisson but one per request at most, `E[a^x] ≤ exp(n·rate·(a−1))` bounds the mean of
 * each factor by 1 all the same; with θ ≥ ρ a ratio below r0 only lowers it. A tick that lacks one arm
 * compares nothing and adds nothing.
 */
export function ratioTerms(tick: RatioTick, alternatives: readonly number[]): readonly number[] {
  const { suspect, reference, tolerated } = tick;
  const isComparable = suspect.trials > 0 && reference.trials > 0;
  if (!isComparable || (suspect.events === 0 && reference.events === 0)) return alternatives.map(() => 0);
  const odds = (tolerated * suspect.trials) / reference.trials;
  return alternatives.map((multiple) => {
    const shrink = Math.log1p((-odds * (multiple - 1)) / (1 + odds * multiple));
    // Begun at 0, so that nothing comes to a negative zero, which JSON does not keep.
    return 0 + suspect.events * (Math.log(multiple) + shrink) + reference.events * shrink;
  });
}
