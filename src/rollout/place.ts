import { formatDuration, parseDuration } from '../base/duration.ts';
import { FULL_SHARE, parseShare, type Share } from '../base/share.ts';
import type { Report } from './finding.ts';
import { itemPath, keyPath } from './path.ts';

/** Where a value is written, and whom to tell when it is wrong. */
export interface Place {
  readonly path: string;
  readonly report: Report;
}

/** The place of a field. */
export function field(place: Place, key: string): Place {
  return { path: keyPath(place.path, key), report: place.report };
}

/** The place of an item of a list. */
export function item(place: Place, index: number): Place {
  return { path: itemPath(place.path, index), report: place.report };
}

/** Tells what is wrong at a place. */
export function tell({ path, report }: Place, reason: string, hint?: string): void {
  report(path, reason, hint);
}

/** What a duration may be, in milliseconds. */
export interface DurationLimits {
  readonly leastMs: number;
  readonly mostMs: number;
}

const DAY_MS = 86_400_000;

/** For waits of one process or request: a timer of the system cannot wait for more than 24 days. */
export const SHORT: DurationLimits = { leastMs: 1, mostMs: DAY_MS };

/** The same, and it may be none at all. */
export const SHORT_OR_NONE: DurationLimits = { leastMs: 0, mostMs: DAY_MS };

/** For steps and whole releases. */
export const LONG: DurationLimits = { leastMs: 1, mostMs: 366 * DAY_MS };

/** The same, and it may be none at all. */
export const LONG_OR_NONE: DurationLimits = { leastMs: 0, mostMs: 366 * DAY_MS };

/** Milliseconds of a written duration. */
export function readDuration(place: Place, text: string, limits: DurationLimits): number {
  const ms = parseDuration(text) ?? Infinity;
  if (ms < limits.leastMs) tell(place, `${text} is too short`, `at least ${formatDuration(limits.leastMs)}`);
  if (ms > limits.mostMs) tell(place, `${text} is too long`, `at most ${formatDuration(limits.mostMs)}`);
  return ms;
}

/** A written share; all of it when it is more than that. */
export function readShare(place: Place, text: string): Share {
  const share = parseShare(text);
  if (share === undefined) tell(place, `${text} is over 100%`);
  return share ?? FULL_SHARE;
}

/** A written percentage as a fraction; it may be more than the whole. */
export function readMargin(text: string): number {
  return Number(text.slice(0, -1)) / 100;
}
