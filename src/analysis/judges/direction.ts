import type { Check } from '../../rollout/model.ts';
import { logMean } from '../stats/log-sum.ts';

/** A direction in which a candidate can be worse than the control: too high or too low. */
export type Direction = 'up' | 'down';

/** Something for each direction that a check looks at. */
export type PerDirection<Value> = Readonly<Partial<Record<Direction, Value>>>;

type Directed = Pick<Check, 'worse' | 'floor'>;

/** The directions that are harm for a check. */
export function directionsOf({ worse }: Directed): readonly Direction[] {
  if (worse === 'either') return ['up', 'down'];
  return worse === 'lower' ? ['down'] : ['up'];
}

/** The same for each direction of a check. */
export function forEachDirection<Value>(
  check: Directed,
  make: (direction: Direction) => Value,
): PerDirection<Value> {
  return Object.fromEntries(directionsOf(check).map((direction) => [direction, make(direction)]));
}

/** Log evidence that the candidate is worse in one of the directions: half of the bet on each. */
export function meanOver(check: Directed, logOf: (direction: Direction) => number): number {
  return logMean(directionsOf(check).map(logOf));
}

/** Log evidence that the candidate is worse in none of them: each must be refuted. */
export function leastOver(check: Directed, logOf: (direction: Direction) => number): number {
  return Math.min(...directionsOf(check).map(logOf));
}

/**
 * A level on the good side of which a direction is no harm: below it for `up`, above it for `down`. A check that
 * looks both ways has one good side only for what is too high.
 */
export function inDirection<Level>(
  { worse }: Directed,
  direction: Direction,
  level: Level | undefined,
): Level | undefined {
  return worse === 'either' && direction === 'down' ? undefined : level;
}
