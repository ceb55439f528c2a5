import { describe, expect, it } from 'vitest';
import type { RampedStrategy } from '../../src/rollout/model.ts';
import { aRollout, aWorker, replicas } from './rollouts.ts';
import { command, CRASHING, ERRONEOUS, GOOD, lastOutcome, live, lookUntil, looks } from './scenes.ts';
import { revision, type World } from './world.ts';

/** Four workers, of which the canary gets one, then two. */
function workers(): World {
  const steps = replicas({ count: 1 }, { count: 2 });
  return live(aWorker({ strategy: { kind: 'canary', steps, capacity: 'match', earlyPromotion: true } }));
}

/** How many processes of the old and of the new version there are. */
function sizes(world: World): readonly [number, number] {
  return [world.count(revision(0)), world.count(revision(GOOD))];
}

/** Every pair of sizes that was there until something holds. */
function sizesUntil(world: World, holds: () => boolean): readonly string[] {
  const seen = new Set<string>();
  lookUntil(world, () => {
    seen.add(sizes(world).join('+'));
    return holds();
  });
  return [...seen];
}

describe('replicas that are replaced a few at a time', () => {
  it('never run more than one above four, and never fewer than four', () => {
    const world = workers();
    world.happen({ kind: 'want', revision: GOOD });
    const seen = sizesUntil(world, () => world.outcomes.length === 2);
    expect(seen).toEqual(['4+0', '4+1', '3+1', '3+2', '2+2', '2+3', '1+3', '1+4', '0+4']);
    expect(lastOutcome(world)).toBe('promoted');
  });

  it('come back by the same sizes', () => {
    const world = workers();
    world.happen({ kind: 'want', revision: GOOD });
    lookUntil(world, () => sizes(world).join() === '1,3');
    world.happen(command('abort'));
    const seen = sizesUntil(world, () => world.outcomes.length === 2);
    expect(seen).toEqual(['1+3', '2+3', '2+2', '3+2', '3+1', '4+1', '4+0']);
    expect(lastOutcome(world)).toBe('aborted');
  });

  it('come back at once when the new ones do not run, since they have nothing to hand over', () => {
    const world = workers();
    world.happen({ kind: 'want', revision: CRASHING });
    lookUntil(world, () => world.outcomes.length === 2);
    expect(lastOutcome(world)).toBe('rolledBack');
    expect(world.count(revision(0))).toBe(4);
    expect(world.count(revision(CRASHING))).toBe(0);
  });

  it('go through every size without waiting when a user promotes fully', () => {
    const world = workers();
    world.happen({ kind: 'want', revision: GOOD });
    lookUntil(world, () => world.status.release?.stage === 'wait');
    world.happen(command('promote', { full: true }));
    expect(world.status.release?.step).toBe(0);
    looks(world, 1);
    expect(world.status.phase).toBe('Promoting');
    const seen = sizesUntil(world, () => world.outcomes.length === 2);
    expect(seen).toEqual(['3+2', '2+2', '2+3', '1+3', '1+4', '0+4']);
    expect(world.outcomes.at(-1)?.reason).toContain('a user promoted it fully past "1 of 4 replicas new"');
  });

  it('pass one wait when a user promotes, and then wait again', () => {
    const world = workers();
    world.happen({ kind: 'want', revision: GOOD });
    lookUntil(world, () => world.status.release?.stage === 'wait');
    world.happen(command('promote'));
    lookUntil(world, () => world.status.release?.step === 1 && world.status.release.stage === 'wait');
    looks(world, 5);
    expect(sizes(world)).toEqual([2, 2]);
  });

  it('are undone within the same bounds', () => {
    const world = workers();
    world.happen({ kind: 'want', revision: GOOD });
    lookUntil(world, () => world.outcomes.length === 2);
    world.happen(command('undo'));
    const seen = sizesUntil(world, () => world.outcomes.length === 3);
    expect(seen).toEqual(['0+4', '1+4', '1+3', '2+3', '2+2', '3+2', '3+1', '4+1', '4+0']);
  });
});

describe('a ramp', () => {
  const strategy: RampedStrategy = {
    kind: 'ramped',
    maxSurge: { count: 1 },
    maxUnavailable: { count: 0 },
    analyze: { atLeastMs: 10_000, atMostMs: 240_000 },
  };

  /** What the new version gets of the traffic, in percent. */
  function weightOfNew(world: World): number {
    const part = world.served.parts.find(({ revision: one }) => one !== revision(0));
    return (part?.weight ?? 0) / 1_000;
  }

  it('sends traffic where the replicas are', () => {
    const { analysis: _, ...spec } = aRollout({ strategy }, 4);
    const world = live(spec);
    world.happen({ kind: 'want', revision: GOOD });
    const weights = new Set<number>();
    lookUntil(world, () => {
      weights.add(weightOfNew(world));
      return world.outcomes.length === 2;
    });
    expect([...weights]).toEqual([0, 25, 50, 75, 100]);
    expect(lastOutcome(world)).toBe('promoted');
  });

  it('is judged throughout, and goes back by the same sizes while both versions serve', () => {
    const world = live(aRollout({ strategy }, 4));
    world.happen({ kind: 'want', revision: ERRONEOUS });
    lookUntil(world, () => world.outcomes.length === 2);
    expect(lastOutcome(world)).toBe('rolledBack');
    expect(world.outcomes.at(-1)?.reason).toMatch(/errors/);
    expect(world.count(revision(0))).toBe(4);
    expect(weightOfNew(world)).toBe(0);
  });

  it('stops at its partition until somebody resumes', () => {
    const { analysis: _, ...spec } = aRollout({ strategy: { ...strategy, partition: { count: 2 } } }, 4);
    const world = live(spec);
    world.happen({ kind: 'want', revision: GOOD });
    looks(world, 60);
    expect([world.status.phase, ...sizes(world)]).toEqual(['Paused', 2, 2]);
    world.happen(command('resume'));
    lookUntil(world, () => world.outcomes.length === 2);
    expect(lastOutcome(world)).toBe('promoted');
  });

  it('of a single replica that may be missing has a gap, also on the way back', () => {
    const gap = { ...strategy, maxSurge: { count: 0 }, maxUnavailable: { count: 1 } };
    const { analysis: _, ...spec } = aRollout({ strategy: gap }, 1);
    const world = live(spec);
    world.happen({ kind: 'want', revision: CRASHING });
    lookUntil(world, () => world.served.parts.length === 0);
    lookUntil(world, () => world.outcomes.length === 2);
    expect(lastOutcome(world)).toBe('rolledBack');
    expect(world.served.parts.map(({ revision: one }) => one)).toEqual([revision(0)]);
  });

  it('that is aborted as its last old replica has gone brings it back', () => {
    const gap = { ...strategy, maxSurge: { count: 0 }, maxUnavailable: { count: 1 } };
    const { analysis: _, ...spec } = aRollout({ strategy: gap }, 2);
    const world = live(spec);
    world.happen({ kind: 'want', revision: GOOD });
    lookUntil(world, () => sizes(world).join() === '0,1');
    world.happen(command('abort'));
    lookUntil(world, () => world.outcomes.length === 2);
    expect(lastOutcome(world)).toBe('aborted');
    expect(sizes(world)).toEqual([2, 0]);
  });

  it('is over within its deadline although the old replicas do not come back', () => {
    const { analysis: _, ...spec } = aRollout({ strategy, deadlineMs: 600_000 }, 4);
    const world = live(spec);
    world.happen({ kind: 'want', revision: GOOD });
    lookUntil(world, () => sizes(world).join() === '2,2');
    world.happen(command('abort'));
    for (let look = 0; look < 700 && world.outcomes.length < 2; look += 1) {
      world.happen({ kind: 'kill', which: 'stable' });
      world.happen({ kind: 'look', afterMs: 1_000 });
    }
    expect(lastOutcome(world)).toBe('failed');
    expect(world.outcomes.at(-1)?.reason).toContain('stable is not ready');
  });
});
