import { Failure } from '../../base/failure.ts';

/** Numbers below this are seconds since 1970, others milliseconds: it is a time in 1973, or in 5138. */
const LARGEST_SECONDS = 1e11;

/** ISO 8601 with its zone, or a date by itself, which is UTC. */
const WRITTEN = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2}))?$/i;

/** A time as a file holds it, in milliseconds since 1970; undefined when it is none. */
export function momentOf(written: unknown): number | undefined {
  if (typeof written === 'number') {
    if (!Number.isFinite(written)) return undefined;
    return Math.abs(written) < LARGEST_SECONDS ? Math.round(written * 1_000) : Math.round(written);
  }
  if (typeof written !== 'string') return undefined;
  if (/^\d+(\.\d+)?$/.test(written)) return momentOf(Number(written));
  const ms = WRITTEN.test(written) ? Date.parse(written) : NaN;
  return Number.isNaN(ms) ? undefined : ms;
}

/** A time as an option gives it, in milliseconds since 1970. Throws Failure `usage`. */
export function readMoment(written: string, option: string): number {
  const ms = momentOf(written);
  if (ms !== undefined) return ms;
  throw new Failure('usage', `${option} ${written} is not a time`, {
    hint: 'As in 2026-01-31T12:00Z, with its zone; or in seconds or milliseconds since 1970.',
  });
}
