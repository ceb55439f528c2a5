import { undecidable, type Flaw } from './flaw.ts';
import type { Moments } from './moments.ts';
import type { PairMoments } from './pair-moments.ts';

/**
 * The ratio of two totals, Σy over Σx, as if it were a mean: its variance per unit is that of `(y - ratio·x) / x̄`
 * by the delta method. The unit is what was randomised (a user), not what is counted (a page).
 */
export function ratioMoments({ n, ...pair }: PairMoments): Moments | Flaw {
  if (pair.meanX === 0) return undecidable('the denominator of the ratio is 0');
  const ratio = pair.meanY / pair.meanX;
  const variance = pair.varianceY - 2 * ratio * pair.covariance + ratio * ratio * pair.varianceX;
  return { n, mean: ratio, variance: Math.max(0, variance) / (pair.meanX * pair.meanX) };
}
