import { betaCdfAt, betaPlace } from './beta.ts';
import { normalQuantile, normalTail } from './normal.ts';

/** The probability that Student's t with this many degrees of freedom (any positive number) is above `t`. */
export function studentTail(t: number, degreesOfFreedom: number): number {
  if (degreesOfFreedom === Infinity) return normalTail(t);
  if (t < 0) return 1 - studentTail(-t, degreesOfFreedom);
  const ratio = (t / degreesOfFreedom) * t;
  const place = { x: 1 / (1 + ratio), y: ratio === Infinity ? 1 : ratio / (1 + ratio) };
  return betaCdfAt(place, degreesOfFreedom / 2, 0.5) / 2;
}

/** The value that Student's t stays below with probability `p`; infinite at 0 and 1. */
export function studentQuantile(p: number, degreesOfFreedom: number): number {
  if (degreesOfFreedom === Infinity) return normalQuantile(p);
  if (p > 0.5) return sizeAt(1 - p, degreesOfFreedom);
  return -sizeAt(p, degreesOfFreedom);
}

/** The positive `t` whose upper tail is `tail`, at most a half. */
function sizeAt(tail: number, degreesOfFreedom: number): number {
  if (tail === 0) return Infinity;
  const { x, y } = betaPlace({ x: 2 * tail, y: 1 - 2 * tail }, degreesOfFreedom / 2, 0.5);
  return Math.sqrt((degreesOfFreedom * y) / x);
}
