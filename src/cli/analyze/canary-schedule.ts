import type { Schedule } from '../../analysis/score/schedule.ts';
import type { TimedSeries } from '../../analysis/score/run.ts';
import { formatDuration } from '../../base/duration.ts';
import { Failure } from '../../base/failure.ts';
import { readMoment } from './moment.ts';
import type { CanaryOptions } from './options.ts';

const MINUTE_MS = 60_000;

/** Between two points of a series, where nothing else is said: Kayenta's own. */
export const USUAL_STEP_MS = MINUTE_MS;

/**
 * When a canary is judged: as the options say, else from the candidate's first point to its last. Throws Failure
 * `usage` for options that contradict each other.
 */
export function scheduleOf(options: CanaryOptions, candidate: readonly TimedSeries[]): Schedule {
  const { lifetime, to, beginAfter } = options;
  if (to !== undefined && (lifetime ?? beginAfter) !== undefined) {
    throw new Failure(
      'usage',
      `--to does not go with ${lifetime === undefined ? '--begin-after' : '--lifetime'}`,
      {
        hint: 'With an end, all of what was measured is judged in retrospect; with a lifetime, as it would have been.',
      },
    );
  }
  const span = spanOf(candidate, options.step ?? USUAL_STEP_MS);
  const startMs = options.from === undefined ? span.startMs : readMoment(options.from, '--from');
  const endMs = to === undefined ? span.startMs + wholeMinutesOver(span) : readMoment(to, '--to');
  return {
    startMs,
    ...(lifetime === undefined ? { endMs } : { lifetimeMinutes: minutes(lifetime, '--lifetime') }),
    ...given('intervalMinutes', options.interval, '--interval'),
    ...given('beginAfterMinutes', beginAfter, '--begin-after'),
    ...given('lookbackMinutes', options.lookback, '--lookback'),
    ...given('controlOffsetMinutes', options.controlOffset, '--control-offset'),
  };
}

interface Span {
  readonly startMs: number;
  readonly endMs: number;
}

function spanOf(series: readonly TimedSeries[], stepMs: number): Span {
  let [startMs, endMs] = [Infinity, -Infinity];
  for (const { points } of series) {
    for (const [at] of points) {
      startMs = Math.min(startMs, at);
      endMs = Math.max(endMs, at + stepMs);
    }
  }
  // Without a single point any time is as good as another.
  return startMs > endMs ? { startMs: 0, endMs: MINUTE_MS } : { startMs, endMs };
}

function wholeMinutesOver({ startMs, endMs }: Span): number {
  return Math.ceil((endMs - startMs) / MINUTE_MS) * MINUTE_MS;
}

function given<Key extends keyof Schedule>(
  key: Key,
  ms: number | undefined,
  option: string,
): Partial<Record<Key, number>> {
  return ms === undefined ? {} : ({ [key]: minutes(ms, option) } as Record<Key, number>);
}

function minutes(ms: number, option: string): number {
  if (ms % MINUTE_MS === 0) return ms / MINUTE_MS;
  throw new Failure('usage', `${option} ${formatDuration(ms)} is not a number of whole minutes`, {
    hint: 'Kayenta counts in minutes.',
  });
}
