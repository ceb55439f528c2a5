import { formatDuration } from '../../base/duration.ts';
import { Failure } from '../../base/failure.ts';
import { readMoment } from './moment.ts';
import type { TimeOptions } from './options.ts';

/** A stretch of time with a value every `stepMs`, both ends included. Milliseconds since 1970. */
export interface TimeSpan {
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
}

const USUAL_STEP_MS = 15_000;

/** More values of one series than anybody means. */
const MOST_VALUES = 500_000;

/** The stretch that the options name; `now` in milliseconds since 1970. Throws Failure `usage`. */
export function timeSpanOf({ last, from, to, step = USUAL_STEP_MS }: TimeOptions, now: number): TimeSpan {
  if ((last === undefined) === (from === undefined)) {
    const what = last === undefined ? '--last or --from is missing' : '--last does not go with --from';
    throw new Failure('usage', what, {
      hint: 'Say which time is judged: --last 1h, or --from 2026-01-31T12:00Z --to 2026-01-31T13:00Z',
    });
  }
  const end = to === undefined ? now : readMoment(to, '--to');
  const start = from === undefined ? end - (last ?? 0) : readMoment(from, '--from');
  if (step < 1) throw new Failure('usage', 'a --step of 0 has no values', { hint: 'As in --step 15s' });
  // On the grid of the step, as dashboards are, so that asking again sees the same values.
  const span = {
    startMs: Math.ceil(start / step) * step,
    endMs: Math.floor(end / step) * step,
    stepMs: step,
  };
  if (span.endMs < span.startMs) {
    throw new Failure('usage', `there is no step of ${formatDuration(step)} in the time that is judged`, {
      hint: 'Let it begin earlier, or take a smaller --step.',
    });
  }
  if (valuesIn(span) <= MOST_VALUES) return span;
  throw new Failure('usage', `the time has ${valuesIn(span)} steps of ${formatDuration(step)}`, {
    hint: `Take a larger --step, or less time: ${MOST_VALUES} values are judged at most.`,
  });
}

/** How many values a series without gaps has. */
export function valuesIn({ startMs, endMs, stepMs }: TimeSpan): number {
  return Math.floor((endMs - startMs) / stepMs) + 1;
}

/** The same stretch, as long ago. */
export function earlier({ startMs, endMs, stepMs }: TimeSpan, offsetMs: number): TimeSpan {
  return { startMs: startMs - offsetMs, endMs: endMs - offsetMs, stepMs };
}
