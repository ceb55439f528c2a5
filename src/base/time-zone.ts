const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** Making one takes longer than asking it a hundred times; there are no more than there are time zones. */
const CLOCKS = new Map<string, Intl.DateTimeFormat>();

function clockOf(timeZone: string): Intl.DateTimeFormat {
  const known = CLOCKS.get(timeZone);
  if (known !== undefined) return known;
  const clock = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
    era: 'short',
  });
  CLOCKS.set(timeZone, clock);
  return clock;
}

/**
 * What the clocks of a time zone are ahead of UTC at a moment, in milliseconds: a function of its arguments and of the
 * rules of time zones that come with the runtime.
 */
export function offsetAt(timeZone: string, ms: number): number {
  const parts = new Map(
    clockOf(timeZone)
      .formatToParts(ms)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
  const local = Date.UTC(
    part('year'),
    part('month') - 1,
    part('day'),
    part('hour'),
    part('minute'),
    part('second'),
  );
  return local - Math.floor(ms / 1_000) * 1_000;
}

/** What the clocks and calendars of a place with this offset show. */
export interface LocalTime {
  /** 0 is Monday. */
  readonly weekday: number;
  /** Minutes since midnight, with their fraction. */
  readonly minutes: number;
}

/** What they show at a moment. */
export function localTime(ms: number, offsetMs: number): LocalTime {
  const local = ms + offsetMs;
  const day = Math.floor(local / DAY_MS);
  // 1970 began on a Thursday.
  return { weekday: (((day + 3) % 7) + 7) % 7, minutes: (local - day * DAY_MS) / MINUTE_MS };
}

/** The first moment after `from`, at `to` at the latest, with another offset than at `from`; undefined without one. */
export function offsetChange(
  timeZone: string,
  { from, to }: { readonly from: number; readonly to: number },
): number | undefined {
  const before = offsetAt(timeZone, from);
  if (offsetAt(timeZone, to) === before) return undefined;
  let [low, high] = [from, to];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(timeZone, middle) === before) low = middle;
    else high = middle;
  }
  return high;
}
