import { logBeta } from '../distributions/beta.ts';
import type { Tally } from './one-sample.ts';

/** Both arms' counts. */
interface Counts {
  readonly candidate: Tally;
  readonly control: Tally;
}

/** An interval for a ratio; without `high` there is no upper end yet. */
export interface RatioInterval {
  readonly low: number;
  readonly high?: number;
}

/** The error rate of an interval, over all looks. */
export const INTERVAL_ERROR = 0.05;

/** How closely an end is found, in log odds; it is taken outwards. */
const CLOSE_ENOUGH = 1e-7;

/**
 * A 95 % confidence sequence for the ratio of two rates, candidate over control: it holds at every look at once.
 *
 * Given that an event happened, it was the candidate's with a probability θ whose odds are the ratio times the
 * odds of exposure. The interval holds every θ that a beta mixture (½, ½) has not refuted: `B(½+x, ½+y) / B(½, ½) /
 * (θ^x (1−θ)^y) < 20`. Assumed: the exposure of the arms has been in one proportion all the time, as it is within a
 * step. `clusterSize`: events per cause.
 */
export function ratioInterval({ candidate, control }: Counts, clusterSize = 1): RatioInterval {
  if (!(candidate.trials > 0 && control.trials > 0)) return { low: 0 };
  const [x, y] = [candidate.hits, control.hits];
  const limit = -Math.log(INTERVAL_ERROR) * clusterSize;
  const mixture = logBeta(0.5 + x, 0.5 + y) - logBeta(0.5, 0.5);
  const isRefuted = (logOdds: number): boolean => mixture + againstOdds(x, y, logOdds) >= limit;
  const exposure = Math.log(candidate.trials) - Math.log(control.trials);
  const likeliest = Math.log((x + 1e-9) / (y + 1e-9));
  const end = (outward: 1 | -1): number =>
    Math.min(Math.exp(edge(isRefuted, likeliest, outward) - exposure), Number.MAX_VALUE);
  return { low: x === 0 ? 0 : end(-1), ...(y === 0 ? {} : { high: end(1) }) };
}

/** `−x ln θ − y ln(1−θ)` for the θ with these odds. */
function againstOdds(x: number, y: number, logOdds: number): number {
  return (x === 0 ? 0 : x * softPlus(-logOdds)) + (y === 0 ? 0 : y * softPlus(logOdds));
}

/** `ln(1 + e^x)`. */
function softPlus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

/** Where refutation begins on one side of the likeliest odds. */
function edge(isRefuted: (logOdds: number) => boolean, likeliest: number, outward: 1 | -1): number {
  let inside = likeliest;
  let reach = 0.5;
  while (!isRefuted(likeliest + outward * reach) && reach < 1e3) reach *= 2;
  let outside = likeliest + outward * reach;
  while (Math.abs(outside - inside) > CLOSE_ENOUGH) {
    const middle = (inside + outside) / 2;
    if (middle === inside || middle === outside) break;
    if (isRefuted(middle)) outside = middle;
    else inside = middle;
  }
  return outside;
}
