import { localTime, offsetAt, offsetChange, type LocalTime } from '../../base/time-zone.ts';
import { WEEKDAYS, type WindowGate } from '../../rollout/model-outside.ts';

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1_440;
const DAY_MS = DAY_MINUTES * MINUTE_MS;
/** Every weekday has come by then, and the clocks have changed once at most. */
const HORIZON_MS = 9 * DAY_MS;

/**
 * True while the clocks of the window's time zone show a time of it. So where clocks go forward over its beginning it
 * opens at that moment, and a time that they show twice is in it twice.
 */
export function isOpen(window: WindowGate, now: number): boolean {
  return isOpenAt(window, localTime(now, offsetAt(window.timeZone, now)));
}

function isOpenAt(window: WindowGate, { weekday, minutes }: LocalTime): boolean {
  const { from, to } = window;
  if (from < to) return isDay(window, weekday) && minutes >= from && minutes < to;
  // Past midnight it is still the window of the day before.
  return (isDay(window, weekday) && minutes >= from) || (isDay(window, weekday - 1) && minutes < to);
}

function isDay({ days }: WindowGate, weekday: number): boolean {
  const day = WEEKDAYS[(weekday + 7) % 7];
  return days === undefined || (day !== undefined && days.includes(day));
}

/** When a window that is closed now opens next. */
export function opensAt(window: WindowGate, now: number): number {
  let at = now;
  while (at < now + HORIZON_MS) {
    const opening = at + untilOpening(window, localTime(at, offsetAt(window.timeZone, at))) * MINUTE_MS;
    const change = offsetChange(window.timeZone, { from: at, to: opening });
    if (change === undefined) return opening;
    // The clocks change before that: the rest is counted by what they show then.
    if (isOpen(window, change)) return change;
    at = change;
  }
  return at;
}

/** Minutes until a closed window opens, by clocks that nobody changes. */
function untilOpening(window: WindowGate, { weekday, minutes }: LocalTime): number {
  for (let days = 0; days <= 7; days += 1) {
    const wait = days * DAY_MINUTES + window.from - minutes;
    if (wait >= 0 && isDay(window, weekday + days)) return wait;
  }
  return 7 * DAY_MINUTES;
}
