import { logBeta } from '../distributions/beta.ts';
import { logLimit } from './e-values.ts';
import type { Tally } from './one-sample.ts';

/** How often the interval may ever miss the true rate. */
const MISSES = 0.05;

/** Halvings of the unit interval: as fine as numbers are. */
const HALVINGS = 60;

/**
 * The rates that a tally does not refute: a 95 % confidence sequence, which holds at every look at once, so that it
 * may be looked at after each trial. A rate is refuted when a beta mixture (Jeffreys' ½, ½) of all rates has become 20
 * times as likely as it (Robbins 1970). The Clopper–Pearson interval, which holds at one look only, is narrower.
 */
export function rateInterval({ hits, trials }: Tally): { readonly low: number; readonly high: number } {
  const mixture = logBeta(0.5 + hits, 0.5 + trials - hits) - logBeta(0.5, 0.5);
  const isRefuted = (rate: number): boolean =>
    mixture - logOf(hits, rate) - logOf(trials - hits, 1 - rate) > logLimit(MISSES);
  const share = trials === 0 ? 0.5 : hits / trials;
  return {
    low: hits === 0 ? 0 : edge(isRefuted, share, 0),
    high: hits === trials ? 1 : edge(isRefuted, share, 1),
  };
}

/** `count·ln(rate)`; nothing, for no count. */
function logOf(count: number, rate: number): number {
  return count === 0 ? 0 : count * Math.log(rate);
}

/** Where rates begin to be refuted on the way from one that is not to one that is. */
function edge(isRefuted: (rate: number) => boolean, inside: number, outside: number): number {
  let [near, far] = [inside, outside];
  for (let i = 0; i < HALVINGS; i += 1) {
    const middle = (near + far) / 2;
    if (isRefuted(middle)) far = middle;
    else near = middle;
  }
  return near;
}
