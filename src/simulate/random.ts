/** Reproducible chance: the same seed, the same numbers on every machine. */
export interface Random {
  /** Uniform in [0, 1). */
  fraction(): number;
  /** Poisson with this mean; by a rounded normal above 40. */
  poisson(mean: number): number;
  /** How many of `trials` happen; by a rounded normal where both outcomes are many. */
  binomial(trials: number, probability: number): number;
}

/**
 * The generator "sfc32", begun from a seed and the number of a stream, so that every Rollout of every run has
 * numbers of its own. Both are whole numbers from 0 to 2^32.
 */
export function randomFrom(seed: number, stream = 0): Random {
  const fraction = fractionsFrom(seed, stream);
  return {
    fraction,
    poisson: (mean) => (mean > MANY ? rounded(fraction, mean, mean) : poissonOf(mean, fraction)),
    binomial: (trials, probability) =>
      probability > 0.5
        ? trials - binomialOf(trials, 1 - probability, fraction)
        : binomialOf(trials, probability, fraction),
  };
}

/** From this mean on a normal distribution is close enough. */
const MANY = 40;
const ROUNDS = 16;

function fractionsFrom(seed: number, stream: number): () => number {
  let a = seed | 0;
  let b = stream | 0;
  let c = 0x9e3779b9 | 0;
  let counter = 1;
  const next = (): number => {
    const mixed = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + mixed) | 0;
    return (mixed >>> 0) / 0x1_0000_0000;
  };
  // Spreads the seed over all of the state.
  for (let round = 0; round < ROUNDS; round += 1) next();
  return next;
}

/** Of the standard normal distribution, from two fractions (Box and Muller). */
export function normalFrom(fraction: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - fraction())) * Math.cos(2 * Math.PI * fraction());
}

function rounded(fraction: () => number, mean: number, variance: number): number {
  return Math.max(0, Math.round(mean + Math.sqrt(variance) * normalFrom(fraction)));
}

function poissonOf(mean: number, fraction: () => number): number {
  const limit = Math.exp(-mean);
  let product = fraction();
  let count = 0;
  while (product > limit) {
    product *= fraction();
    count += 1;
  }
  return count;
}

/** By inversion where few happen. The probability is at most a half. */
function binomialOf(trials: number, probability: number, fraction: () => number): number {
  if (trials <= 0 || probability <= 0) return 0;
  const mean = trials * probability;
  if (mean > MANY) return Math.min(trials, rounded(fraction, mean, mean * (1 - probability)));
  const odds = probability / (1 - probability);
  let mass = (1 - probability) ** trials;
  let rest = fraction();
  let count = 0;
  while (rest > mass && count < trials) {
    rest -= mass;
    count += 1;
    mass *= (odds * (trials - count + 1)) / count;
  }
  return count;
}
