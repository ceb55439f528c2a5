/** Reproducible chance for tests and benchmarks: the same seed, the same numbers on every machine. */
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

/**
 * The generator "sfc32": 128 bits of state, so that thousands of runs of a million numbers each do not meet
 * the same numbers again. Seeds are whole numbers from 0 to 2^53.
 */
export function randomFrom(seed: number): Random {
  let a = seed >>> 0;
  let b = Math.floor(seed / 4_294_967_296) >>> 0;
  let c = 0x9e3779b9 | 0;
  let counter = 1;
  const next = (): number => {
    const mixed = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + mixed;
    c |= 0;
    return (mixed >>> 0) / 4_294_967_296;
  };
  // Spreads the seed over all of the state.
  for (let round = 0; round < 16; round += 1) next();
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  return {
    next,
    normal,
    poisson: (mean) => (mean > 40 ? aboutNormal(mean, normal) : countToLimit(Math.exp(-mean), next)),
    binomial: (trials, probability) =>
      probability > 0.5
        ? trials - binomialBelowHalf(trials, 1 - probability, next)
        : binomialBelowHalf(trials, probability, next),
  };
}

function aboutNormal(mean: number, normal: () => number): number {
  return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal()));
}

function countToLimit(limit: number, next: () => number): number {
  let product = next();
  let count = 0;
  while (product > limit) {
    product *= next();
    count += 1;
  }
  return count;
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
