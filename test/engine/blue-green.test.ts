import { describe, expect, it } from 'vitest';
import { FULL_SHARE } from '../../src/base/share.ts';
import type { Check, Rollout } from '../../src/rollout/model.ts';
import { aRollout, anAnalysis } from './rollouts.ts';
import { BETTER, command, CRASHING, ERRONEOUS, GOOD, lastOutcome, live, looks, lookUntil } from './scenes.ts';
import { revision, type World } from './world.ts';

const AT_MOST_TENTH: Check = {
  name: 'errors',
  metric: { kind: 'errors' },
  judge: { kind: 'threshold', max: 0.1, everyMs: 5_000, failures: { limit: 0, consecutive: false } },
  weight: 1,
};

function spec(bakeMs: number, keepStableMs: number): Rollout {
  const strategy = { kind: 'blueGreen', bakeMs, keepStableMs } as const;
  return aRollout({ strategy, analysis: anAnalysis({ checks: [AT_MOST_TENTH] }) });
}

/** Whom all users are sent to; undefined while they are divided. */
function served(world: World): string | undefined {
  const [part, ...others] = world.served.parts;
  return others.length === 0 && part?.weight === FULL_SHARE ? part.revision : undefined;
}

describe('a blue/green release', () => {
  it('is complete before it gets any traffic, gets all of it at once, and is promoted after it has baked', () => {
    const world = live(spec(60_000, 0));
    world.happen({ kind: 'want', revision: GOOD });
    lookUntil(world, () => {
      expect(served(world)).toBeDefined();
      return served(world) === revision(GOOD);
    });
    expect([world.count(revision(0)), world.count(revision(GOOD))]).toEqual([3, 3]);
    looks(world, 50);
    expect(world.status.release?.stage).toBe('wait');
    lookUntil(world, () => world.outcomes.length === 2);
    expect(lastOutcome(world)).toBe('promoted');
    expect(world.running).toEqual([revision(GOOD)]);
  });

  it('goes back in one change of the route when it turns out bad, to processes that never stopped', () => {
    const world = live(spec(60_000, 0));
    world.happen({ kind: 'want', revision: ERRONEOUS });
    lookUntil(world, () => served(world) === revision(ERRONEOUS));
    lookUntil(world, () => {
      expect(world.count(revision(0))).toBe(3);
      return served(world) === revision(0);
    });
    lookUntil(world, () => world.outcomes.length === 2);
    expect(lastOutcome(world)).toBe('rolledBack');
    expect(world.outcomes.at(-1)?.reason).toMatch(/errors/);
  });

  it('that does not come up never gets any traffic', () => {
    const world = live(spec(60_000, 60_000));
    world.happen({ kind: 'want', revision: CRASHING });
    lookUntil(world, () => {
      expect(served(world)).toBe(revision(0));
      return world.outcomes.length === 2;
    });
    expect(lastOutcome(world)).toBe('rolledBack');
    expect(world.running).toEqual([revision(0)]);
  });

  it('that bakes ends when a user promotes it', () => {
    const world = live(spec(600_000, 0));
    world.happen({ kind: 'want', revision: GOOD });
    lookUntil(world, () => world.status.release?.stage === 'wait');
    world.happen(command('promote'));
    looks(world, 5);
    expect(lastOutcome(world)).toBe('promoted');
  });

  it('without a bake is promoted as soon as the switch is confirmed', () => {
    const { analysis: _, ...unjudged } = spec(0, 0);
    const world = live(unjudged);
    world.happen({ kind: 'want', revision: GOOD });
    lookUntil(world, () => world.outcomes.length === 2);
    expect(lastOutcome(world)).toBe('promoted');
  });
});

describe('a version that is kept ready', () => {
  /** Promoted, and the version before is kept for an hour. */
  function kept(): World {
    const world = live(spec(1_000, 3_600_000));
    world.happen({ kind: 'want', revision: GOOD });
    lookUntil(world, () => world.outcomes.length === 2);
    return world;
  }

  it('stays complete without traffic, and goes when its time is over', () => {
    const world = kept();
    looks(world, 100, 30_000);
    expect(world.count(revision(0))).toBe(3);
    expect(world.status.message).toMatch(/r1-0 is kept ready for \d+m/);
    expect(served(world)).toBe(revision(GOOD));
    looks(world, 30, 30_000);
    expect(world.running).toEqual([revision(GOOD)]);
  });

  it('serves at the second look after an undo, without a process being started', () => {
    const world = kept();
    world.happen(command('undo'));
    looks(world, 2, 1);
    expect(served(world)).toBe(revision(0));
    lookUntil(world, () => world.outcomes.length === 3);
    expect(world.running).toEqual([revision(0)]);
  });

  it('makes room for the next release', () => {
    const world = kept();
    world.happen({ kind: 'want', revision: BETTER });
    lookUntil(world, () => world.outcomes.length === 3);
    expect(world.running).toEqual([revision(GOOD), revision(BETTER)]);
    expect(world.status.kept?.revision).toBe(revision(GOOD));
  });

  it('stays on while the version that replaced it cannot serve fully', () => {
    const world = kept();
    world.happen({ kind: 'kill', which: 'stable' });
    world.happen({ kind: 'look', afterMs: 2_000 });
    world.happen({ kind: 'clockJump', byMs: 7_200_000 });
    world.happen({ kind: 'look', afterMs: 1 });
    expect(world.count(revision(0))).toBe(3);
    looks(world, 3);
    expect(world.count(revision(0))).toBe(0);
  });

  it('has its time counted while the controller was away, and none by a clock that goes back', () => {
    const world = kept();
    world.happen({ kind: 'clockJump', byMs: -86_400_000 });
    looks(world, 3);
    expect(world.count(revision(0))).toBe(3);
    world.happen({ kind: 'look', afterMs: 3_600_000 });
    expect(world.running).toEqual([revision(GOOD)]);
  });
});
