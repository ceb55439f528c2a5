/**
 * A straight line through points of equal weight: how many, the mean moment in minutes, the mean value, and the
 * centred sums of moment² and of moment · value. A tuple, since a judge keeps many of them.
 */
export type Trend = readonly [points: number, moment: number, value: number, tt: number, tx: number];

/** No points yet. */
export const NO_TREND: Trend = [0, 0, 0, 0, 0];

/** With one more point. */
export function extended([points, moment, value, tt, tx]: Trend, at: number, next: number): Trend {
  const count = points + 1;
  const weight = points / count;
  const [dt, dx] = [at - moment, next - value];
  return [
    count,
    short(moment + dt / count),
    short(value + dx / count),
    short(tt + weight * dt * dt),
    short(tx + weight * dt * dx),
  ];
}

/** Change per minute; undefined while there is no line. */
export function slopeOf([, , , tt, tx]: Trend): number | undefined {
  return tt > 0 ? tx / tt : undefined;
}

/** The same slope, to be continued at another level. */
export function nextStretch([, , , tt, tx]: Trend): Trend {
  return [0, 0, 0, tt, tx];
}

const DIGITS = 6;
/** A larger power of ten is no exact number. */
const MOST_PLACES = 22;

/** Six digits: enough for a slope, and short as JSON. */
export function short(value: number): number {
  if (value === 0 || !Number.isFinite(value)) return value;
  const places = DIGITS - 1 - Math.floor(Math.log10(Math.abs(value)));
  if (Math.abs(places) > MOST_PLACES) return Number(value.toPrecision(DIGITS));
  if (places < 0) return Math.round(value / 10 ** -places) * 10 ** -places;
  return Math.round(value * 10 ** places) / 10 ** places;
}
