import { expect } from 'vitest';
import type { Command } from '../../src/engine/steer.ts';
import type { Rollout } from '../../src/rollout/model.ts';
import { aRollout } from './rollouts.ts';
import { revision, World, type Happening } from './world.ts';

/** Revisions that behave so. */
export const GOOD = 5;
export const BETTER = 10;
export const ERRONEOUS = 2;
export const CRASHING = 3;
export const NEVER_READY = 4;

/** A world whose first version (revision 0) is live. */
export function live(spec: Rollout = aRollout()): World {
  const world = new World(spec);
  world.happen({ kind: 'want', revision: 0 });
  looks(world, 20, 250);
  expect(world.status.stable).toBe(revision(0));
  return world;
}

/** So many looks, each after so long. */
export function looks(world: World, count: number, afterMs = 1_000): void {
  for (let look = 0; look < count; look += 1) world.happen({ kind: 'look', afterMs });
}

/** Looks until something holds. */
export function lookUntil(world: World, holds: () => boolean): void {
  for (let look = 0; look < 5_000 && !holds(); look += 1) world.happen({ kind: 'look', afterMs: 500 });
  expect(holds()).toBe(true);
}

/** A user's command as a happening. */
export function command(verb: Command['verb'], more: object = {}): Happening {
  return { kind: 'command', command: { verb, ...more } as Command };
}

/** How the newest ended release ended. */
export function lastOutcome(world: World): string | undefined {
  return world.outcomes.at(-1)?.outcome;
}
