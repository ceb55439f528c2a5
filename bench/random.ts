import { normalFrom, randomFrom as streamFrom } from '../src/simulate/random.ts';

/**
 * The reproducible chance of simulations for tests and benchmarks, with a binomial that is exact however many the trials
 * are: what holds statistics to their promises must not be off itself.
 */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** Standard normal. */
  normal(): number;
  /** Poisson with this mean. */
  poisson(mean: number): number;
  /** How many of `trials` succeed. */
  binomial(trials: number, probability: number): number;
}

/** Seeds are whole numbers from 0 to 2^53. */
export function randomFrom(seed: number): Random {
  const stream = streamFrom(seed % 0x1_0000_0000, Math.floor(seed / 0x1_0000_0000));
  const next = (): number => stream.fraction();
  return {
    next,
    normal: () => normalFrom(next),
    poisson: (mean) => stream.poisson(mean),
    binomial: (trials, probability) =>
      probability > 0.5
        ? trials - binomialBelowHalf(trials, 1 - probability, next)
        : binomialBelowHalf(trials, probability, next),
  };
}

/** By inversion for few hits, trial by trial for many. */
function binomialBelowHalf(trials: number, probability: number, next: () => number): number {
  if (trials <= 0 || probability <= 0) return 0;
  let hits = 0;
  if (trials * probability > 30) {
    for (let trial = 0; trial < trials; trial += 1) if (next() < probability) hits += 1;
    return hits;
  }
  const odds = probability / (1 - probability);
  let mass = (1 - probability) ** trials;
  let rest = next();
  while (rest > mass && hits < trials) {
    rest -= mass;
    hits += 1;
    mass *= (odds * (trials - hits + 1)) / hits;
  }
  return hits;
}
