import type { RateView } from '../../api/resources.ts';

/** What each track served at one moment. */
export interface Moment {
  /** Wall clock of who watches, milliseconds. */
  readonly at: number;
  readonly rates: readonly RateView[];
}

/** The last minutes of a Rollout, oldest first. */
export type Past = readonly Moment[];

/** How far back it is remembered. */
export const PAST_MS = 180_000;
/** Moments nearer to each other are one. */
const GRAIN_MS = 500;

/** The past with one more moment. */
export function remember(past: Past, moment: Moment): Past {
  const recent = past.filter(({ at }) => at > moment.at - PAST_MS && at <= moment.at - GRAIN_MS);
  return [...recent, moment];
}

/** What is drawn of a track, in the unit of the figure; undefined where it is not known. */
export type Figure = (rate: RateView) => number | undefined;

/** Which figure, of which track. */
export interface Drawn {
  readonly track: RateView['track'];
  readonly figure: Figure;
  /** Until when, wall clock, milliseconds. */
  readonly now: number;
  /** How many columns. */
  readonly columns: number;
}

/** The figure over the whole past, one value a column: the greatest within it, undefined where nothing was seen. */
export function columnsOfPast(past: Past, drawn: Drawn): readonly (number | undefined)[] {
  const { track, figure, now, columns } = drawn;
  const values: (number | undefined)[] = Array.from({ length: columns }, () => undefined);
  // Columns begin at whole multiples of their length, so that what is drawn moves on and does not flicker.
  const columnMs = PAST_MS / columns;
  const last = Math.floor(now / columnMs);
  for (const { at, rates } of past) {
    const rate = rates.find((one) => one.track === track);
    const value = rate === undefined ? undefined : figure(rate);
    const column = columns - 1 - (last - Math.floor(at / columnMs));
    if (value === undefined || column < 0 || column >= columns) continue;
    values[column] = Math.max(values[column] ?? 0, value);
  }
  return values;
}
