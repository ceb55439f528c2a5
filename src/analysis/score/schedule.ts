import { Failure } from '../../base/failure.ts';

/** When a canary is judged, as Kayenta's standalone analysis is asked: whole minutes, UTC milliseconds. */
export interface Schedule {
  readonly startMs: number;
  /** Given: history is judged at once, without warm-up. */
  readonly endMs?: number;
  /** Needed without an end. */
  readonly lifetimeMinutes?: number;
  /** Between judgements; 0 or absent: one judgement at the end. */
  readonly intervalMinutes?: number;
  /** The warm-up. */
  readonly beginAfterMinutes?: number;
  /** Length of a sliding window; 0 or absent: the window begins at the start and grows. */
  readonly lookbackMinutes?: number;
  /** How far before the candidate's the control's window lies. */
  readonly controlOffsetMinutes?: number;
}

/** A span of time, the start included and the end not. UTC milliseconds. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What one judgement looks at. */
export interface JudgedWindow {
  readonly candidate: Span;
  readonly control: Span;
}

const MINUTE = 60_000;
/** More judgements than a year of minutes is a mistake in the units. */
const MOST_JUDGEMENTS = 600_000;

/** The windows of all judgements, in order. Throws Failure `usage` for a schedule that gives none. */
export function judgedWindows(schedule: Schedule): readonly JudgedWindow[] {
  checkNumbers(schedule);
  const lifetime = lifetimeOf(schedule);
  const asked = wholeMinutes(schedule.intervalMinutes ?? 0);
  const interval = asked === 0 || asked > lifetime ? lifetime : asked;
  const count = Math.floor(lifetime / interval);
  if (count > MOST_JUDGEMENTS)
    throw unusable(`asks for ${count} judgements`, 'times are milliseconds, spans minutes');
  return Array.from({ length: count }, (_, index) => windowUntil(schedule, (index + 1) * interval));
}

function windowUntil(schedule: Schedule, minutes: number): JudgedWindow {
  const { startMs, endMs, beginAfterMinutes = 0, lookbackMinutes = 0, controlOffsetMinutes = 0 } = schedule;
  const warmUp = endMs === undefined ? wholeMinutes(beginAfterMinutes) * MINUTE : 0;
  const toMs = startMs + warmUp + minutes * MINUTE;
  const lookback = wholeMinutes(lookbackMinutes);
  const fromMs = lookback > 0 ? toMs - lookback * MINUTE : startMs + warmUp;
  const before = wholeMinutes(controlOffsetMinutes) * MINUTE;
  return { candidate: { fromMs, toMs }, control: { fromMs: fromMs - before, toMs: toMs - before } };
}

function lifetimeOf({ startMs, endMs, lifetimeMinutes }: Schedule): number {
  if (endMs === undefined && lifetimeMinutes === undefined) {
    throw unusable('needs an end or a lifetime', 'give endMs, or lifetimeMinutes');
  }
  const minutes = endMs === undefined ? (lifetimeMinutes ?? 0) : (endMs - startMs) / MINUTE;
  if (minutes < 1) throw unusable('lasts less than a minute', 'give it a minute at least');
  return wholeMinutes(minutes);
}

function checkNumbers({ startMs, endMs = 0, controlOffsetMinutes = 0, ...spans }: Schedule): void {
  for (const value of [startMs, endMs, controlOffsetMinutes]) {
    if (!Number.isFinite(value)) throw unusable(`holds ${value} where a number belongs`, 'write a number');
  }
  for (const [name, value] of Object.entries(spans)) {
    if (!(Number.isFinite(value) && value >= 0))
      throw unusable(`cannot have ${name} of ${String(value)}`, 'write 0 or more');
  }
}

function wholeMinutes(minutes: number): number {
  return Math.trunc(minutes);
}

function unusable(reason: string, hint: string): Failure {
  return new Failure('usage', `the schedule of the analysis ${reason}`, { hint });
}
