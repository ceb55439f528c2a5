import { formatDuration } from '../../../base/duration.ts';
import type { Axis } from './line.ts';

/** The time of a release, from its beginning: `0`, and three places more. */
export function timeAxis(ms: number): Axis {
  const to = Math.max(1, ms);
  const places = [0, to / 3, (to * 2) / 3, to];
  return { from: 0, to, ticks: places.map((at) => [at, at === 0 ? '0' : formatDuration(wholeSeconds(at))]) };
}

function wholeSeconds(ms: number): number {
  return ms < 10_000 ? ms : Math.round(ms / 1_000) * 1_000;
}

/** From nothing to a little more than the highest value, at a round number. */
export function valueAxis(highest: number, words: (value: number) => string): Axis {
  const to = roundUp(Number.isFinite(highest) && highest > 0 ? highest : 1);
  return { from: 0, to, ticks: [0, to / 2, to].map((at) => [at, words(at)]) };
}

/** The next of 1, 2, 4, 5, 8 times a power of ten. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 4, 5, 8, 10].find((one) => one * power >= value * 1.0001) ?? 10;
  return step * power;
}
