import type { Arms } from './means.ts';
import type { Moments } from './moments.ts';
import type { PairMoments } from './pair-moments.ts';

/** Two arms after what was known before the experiment has been taken out of them. */
export interface Adjusted {
  readonly arms: Arms<Moments>;
  /** What one unit of the covariate is worth. */
  readonly theta: number;
  /** The share of the variance of the difference that is gone: 0.4 is as good as 1 / 0.6 times the units. */
  readonly varianceReduction: number;
}

/**
 * CUPED (Deng, Xu, Kohavi and Walker 2013): `y - θ(x - x̄)`, where `x` is a value of the unit from before the
 * experiment. θ is estimated within the arms and pooled over both, so that it cannot hide a difference.
 */
export function cuped({ control, candidate }: Arms<PairMoments>): Adjusted {
  const theta = slope(control, candidate);
  const units = control.n + candidate.n;
  const meanX = (control.n / units) * control.meanX + (candidate.n / units) * candidate.meanX;
  const arms = {
    control: adjusted(control, theta, meanX),
    candidate: adjusted(candidate, theta, meanX),
  };
  const before = control.varianceY / control.n + candidate.varianceY / candidate.n;
  const after = arms.control.variance / control.n + arms.candidate.variance / candidate.n;
  return { arms, theta, varianceReduction: before === 0 ? 0 : 1 - after / before };
}

function slope(control: PairMoments, candidate: PairMoments): number {
  const [here, there] = [control.n - 1, candidate.n - 1];
  const squares = here * control.varianceX + there * candidate.varianceX;
  // A covariate that never varies explains nothing.
  return squares === 0 ? 0 : (here * control.covariance + there * candidate.covariance) / squares;
}

function adjusted(pair: PairMoments, theta: number, meanX: number): Moments {
  const variance = pair.varianceY - 2 * theta * pair.covariance + theta * theta * pair.varianceX;
  return { n: pair.n, mean: pair.meanY - theta * (pair.meanX - meanX), variance: Math.max(0, variance) };
}
