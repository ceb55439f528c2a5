import { stirlingRest } from './gamma.ts';
import { log1pGap } from './log1p-gap.ts';

/** A probability and its complement, each to its own precision. */
export interface Chance {
  readonly p: number;
  /** `1 - p`. */
  readonly q: number;
}

/**
 * The natural logarithm of the probability of so many successes in so many trials. By deviances, not factorials:
 * those of millions are so large that their difference would have no digits left (Loader 2000).
 */
export function logBinomialProbability(
  { successes, trials }: { readonly successes: number; readonly trials: number },
  { p, q }: Chance,
): number {
  const failures = trials - successes;
  if (successes === 0) return failures === 0 ? 0 : failures * logOf(q, p);
  if (failures === 0) return successes * logOf(p, q);
  const rests = stirlingRest(trials) - stirlingRest(successes) - stirlingRest(failures);
  const spread = 0.5 * Math.log(trials / successes / failures / (2 * Math.PI));
  return rests + spread - deviance(successes, trials * p) - deviance(failures, trials * q);
}

/** `ln p`, from the complement where that is the smaller one. */
function logOf(p: number, q: number): number {
  return q < p ? Math.log1p(-q) : Math.log(p);
}

/** `x ln(x/m) + m - x`. */
function deviance(x: number, expected: number): number {
  return -x * log1pGap((expected - x) / x, expected / x);
}
