import { describe, expect, it } from 'vitest';
import { aRollout } from './rollouts.ts';
import { BETTER, command, GOOD, lastOutcome, live, looks, lookUntil } from './scenes.ts';
import { revision, type World } from './world.ts';

/** Two more versions were promoted after the first, with a window of so many. */
function afterTwo(rollbackWindow: number): World {
  const world = live(aRollout({ rollbackWindow }));
  for (const [index, version] of [GOOD, BETTER].entries()) {
    world.happen({ kind: 'want', revision: version });
    lookUntil(world, () => world.outcomes.length === index + 2);
  }
  return world;
}

function released(world: World, version: number): World {
  world.happen({ kind: 'want', revision: version });
  looks(world, 1);
  return world;
}

function hasSteps(world: World): boolean | undefined {
  return world.status.release?.plan.steps.some((step) => step.wait.kind !== 'none');
}

describe('a release of a version that was stable before', () => {
  it('goes through all steps without a window', () => {
    expect(hasSteps(released(afterTwo(0), GOOD))).toBe(true);
  });

  it('within the window goes live at once, and says so in plan and history', () => {
    const world = released(afterTwo(1), GOOD);
    expect(hasSteps(world)).toBe(false);
    expect(world.status.release?.plan.notes[0]).toMatch(
      /^within the rollback window: it was stable 1 version/,
    );
    lookUntil(world, () => world.outcomes.length === 4);
    expect(lastOutcome(world)).toBe('promoted');
    expect(world.outcomes.at(-1)?.reason).toMatch(/^within the rollback window/);
    expect(world.status.rejected).toEqual([]);
  });

  it('beyond the window goes through all steps', () => {
    expect(hasSteps(released(afterTwo(1), 0))).toBe(true);
    expect(hasSteps(released(afterTwo(2), 0))).toBe(false);
  });

  it('that was gone back from goes through all steps: it is not an earlier one', () => {
    const world = released(afterTwo(5), GOOD);
    lookUntil(world, () => world.outcomes.length === 4);
    expect(hasSteps(released(world, BETTER))).toBe(true);
  });

  it('never counts what an undo has replaced', () => {
    const world = afterTwo(5);
    world.happen(command('undo'));
    lookUntil(world, () => world.outcomes.length === 4);
    expect(world.status.past).toEqual([revision(0)]);
    expect(world.status.rejected).toEqual([revision(BETTER)]);
  });
});

describe('undo to a named version', () => {
  it('goes there at once, over others, and rejects only what it replaces', () => {
    const world = afterTwo(0);
    world.happen(command('undo', { to: revision(0) }));
    looks(world, 1);
    expect(hasSteps(world)).toBe(false);
    lookUntil(world, () => world.outcomes.length === 4);
    expect(world.status.stable).toBe(revision(0));
    expect(world.status.rejected).toEqual([revision(BETTER)]);
    expect(world.status.past).toEqual([]);
  });

  it('that serves already is refused', () => {
    const world = afterTwo(0);
    world.happen(command('undo', { to: revision(BETTER) }));
    looks(world, 2);
    expect(world.outcomes).toHaveLength(3);
  });
});
