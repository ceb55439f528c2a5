import { ranksOf, type SortedArms } from './location-shift.ts';
import { meanOf } from './summary.ts';

/** How the size of a difference is told: the ratio of means, or the chance that a candidate's value is larger. */
export type EffectMeasure = 'meanRatio' | 'cles';

/** The candidate's mean over the control's; NaN when either is zero. */
export function meanRatio(candidate: readonly number[], control: readonly number[]): number {
  const [above, below] = [meanOf(candidate), meanOf(control)];
  return above === 0 || below === 0 ? NaN : above / below;
}

/**
 * The probability that a value of the candidate exceeds one of the control, equal ones counting half
 * (Vargha and Delaney 2000).
 */
export function commonLanguageEffect(arms: SortedArms): number {
  const [m, n] = [arms.candidate.length, arms.control.length];
  return (2 * ranksOf(arms, 0).rankSum - m * (m + 1)) / (2 * n * m);
}
