import { logBinomialProbability } from '../distributions/binomial.ts';
import type { Alternative } from './contrast.ts';
import type { Arms } from './means.ts';
import type { Proportion } from './wilson.ts';

/** Tables are as probable as the observed one up to rounding: the factor that R and SciPy use too. */
const TIE = Math.log1p(1e-7);

/** A fourfold table with its margins fixed: only the candidate's successes can vary. */
interface Margins {
  readonly control: number;
  readonly candidate: number;
  readonly successes: number;
}

/**
 * Fisher's exact test: the probability, with all margins fixed, of tables that are at most as probable as the
 * observed one, or that have at least (at most) as many successes of the candidate.
 */
export function fisherProbability(arms: Arms<Proportion>, alternative: Alternative): number {
  const margins = {
    control: arms.control.trials,
    candidate: arms.candidate.trials,
    successes: arms.control.successes + arms.candidate.successes,
  };
  const observed = arms.candidate.successes;
  if (alternative === 'higher') return upperProbability(margins, observed);
  if (alternative === 'lower') return upperProbability(exchanged(margins), arms.control.successes);
  const mode = modeOf(margins);
  const limit = logProbability(margins, observed) + TIE;
  if (logProbability(margins, mode) <= limit) return 1;
  // From here the observed table is on one side of the mode; exchange the arms so that it is the upper one.
  return observed > mode
    ? twoSided(margins, observed, limit)
    : twoSided(exchanged(margins), arms.control.successes, limit);
}

function exchanged({ control, candidate, successes }: Margins): Margins {
  return { control: candidate, candidate: control, successes };
}

/** The upper tail from the observed table, and the lower tail from the first table that is as improbable. */
function twoSided(margins: Margins, observed: number, limit: number): number {
  const upper = tailFrom(margins, observed);
  const lower = margins.successes - lastAtMost(margins, limit);
  const { candidate: other } = exchanged(margins);
  return lower > Math.min(other, margins.successes)
    ? upper
    : Math.min(1, upper + tailFrom(exchanged(margins), lower));
}

/** The largest number of the candidate's successes below the mode with a probability within the limit, or -1 below the range. */
function lastAtMost(margins: Margins, limit: number): number {
  const least = leastOf(margins);
  let below = least - 1;
  let above = modeOf(margins);
  while (above - below > 1) {
    const middle = Math.floor((below + above) / 2);
    if (logProbability(margins, middle) <= limit) below = middle;
    else above = middle;
  }
  return below;
}

function upperProbability(margins: Margins, from: number): number {
  if (from > modeOf(margins)) return tailFrom(margins, from);
  // Below the mode the other tail is the small one: what is not in it.
  const others = margins.successes - from + 1;
  const flipped = exchanged(margins);
  return others > Math.min(flipped.candidate, margins.successes) ? 1 : 1 - tailFrom(flipped, others);
}

/** The probability of at least `from` successes of the candidate, summed outwards; `from` is not below the mode. */
function tailFrom(margins: Margins, from: number): number {
  const { control, candidate, successes } = margins;
  const most = Math.min(candidate, successes);
  let term = 1;
  let sum = 1;
  for (let k = from; k < most && term > sum * 1e-17; k += 1) {
    term *= ((candidate - k) / (k + 1)) * ((successes - k) / (control - successes + k + 1));
    sum += term;
  }
  return Math.min(1, Math.exp(logProbability(margins, from)) * sum);
}

/** The fewest successes that the candidate can have. */
function leastOf({ control, successes }: Margins): number {
  return Math.max(0, successes - control);
}

/** The most probable number of the candidate's successes. */
function modeOf({ control, candidate, successes }: Margins): number {
  return Math.floor(((candidate + 1) * (successes + 1)) / (control + candidate + 2));
}

/** The hypergeometric probability as three binomial ones, which keeps its digits for large counts (Loader 2000). */
function logProbability({ control, candidate, successes }: Margins, k: number): number {
  const all = control + candidate;
  const chance = { p: successes / all, q: (all - successes) / all };
  return (
    logBinomialProbability({ successes: k, trials: candidate }, chance) +
    logBinomialProbability({ successes: successes - k, trials: control }, chance) -
    logBinomialProbability({ successes, trials: all }, chance)
  );
}
