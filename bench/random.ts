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

/** The generator "mulberry32": 32 bits of state, good enough to simulate traffic. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  return {
    next,
    normal,
    poisson: (mean) => (mean > 40 ? aboutNormal(mean, mean, normal) : countToLimit(Math.exp(-mean), next)),
    binomial: (trials, probability) => {
      let hits = 0;
      for (let trial = 0; trial < trials; trial += 1) if (next() < probability) hits += 1;
      return hits;
    },
  };
}

function aboutNormal(mean: number, variance: number, normal: () => number): number {
  return Math.max(0, Math.round(mean + Math.sqrt(variance) * normal()));
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
