import { studentQuantile } from '../distributions/student.ts';
import type { Grower } from './gauge-growth.ts';
import { short } from './trend.ts';
import { logEvidenceOfExcess, type Spread } from './unit-spread.ts';

/** A limit that growth would reach. */
export interface Limit {
  /** 1: it is reached by growing; -1: by shrinking. */
  readonly sign: 1 | -1;
  readonly value: number;
  readonly withinMinutes: number;
}

/** Log evidence that a unit grows fast enough to reach the limit in time. `spread`: of the growth of units. */
export function logEvidenceOfExhaustion({ now, slope }: Grower, limit: Limit, spread: Spread): number {
  const { sign, value, withinMinutes } = limit;
  return logEvidenceOfExcess(sign * (slope - (value - now) / withinMinutes), 1, spread);
}

/** When the limit would be reached, in minutes from now, with an interval of 95 %. */
export interface Forecast {
  readonly minutes: number;
  readonly soonest: number;
  /** Absent: perhaps never. */
  readonly latest?: number;
}

/** The forecast for the unit that would be the first; undefined while none moves towards the limit. */
export function forecastOf(units: readonly Grower[], limit: Limit, spread: Spread): Forecast | undefined {
  const error = Math.sqrt(spread.variance) * studentQuantile(0.975, spread.degreesOfFreedom);
  const all = units.map((unit) => forecastOfUnit(unit, error, limit)).filter((one) => one !== undefined);
  return all.sort((a, b) => a.minutes - b.minutes)[0];
}

function forecastOfUnit({ now, slope }: Grower, error: number, { sign, value }: Limit): Forecast | undefined {
  const way = sign * (value - now);
  const speed = sign * slope;
  if (way <= 0) return { minutes: 0, soonest: 0, latest: 0 };
  if (speed <= 0) return undefined;
  const slowest = speed - error;
  return {
    minutes: short(way / speed),
    soonest: short(way / (speed + error)),
    ...(slowest > 0 ? { latest: short(way / slowest) } : {}),
  };
}
