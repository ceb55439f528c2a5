import { describe, expect, it } from 'vitest';
import type { Rollout } from '../../src/rollout/model.ts';
import { aRollout, weights } from './rollouts.ts';
import { command, ERRONEOUS, GOOD, lastOutcome, live, looks, lookUntil } from './scenes.ts';
import { revision, type World } from './world.ts';

function spec(): Rollout {
  const steps = weights('5%', '50%');
  return aRollout(
    { strategy: { kind: 'canary', steps, capacity: 'match', earlyPromotion: true, baseline: true } },
    4,
  );
}

/** Processes of stable, of its copy and of the new version. */
function sizes(world: World, candidate: number): readonly number[] {
  return [world.count(revision(0)), world.count(revision(0), 'baseline'), world.count(revision(candidate))];
}

function weightsServed(world: World): Readonly<Record<string, number>> {
  return Object.fromEntries(world.served.parts.map(({ track, weight }) => [track, weight / 1_000]));
}

describe('a canary beside its baseline', () => {
  it('has as many processes and as much traffic, and is promoted alone', () => {
    const world = live(spec());
    world.happen({ kind: 'want', revision: GOOD });
    lookUntil(world, () => world.status.release?.stage === 'wait');
    expect(sizes(world, GOOD)).toEqual([4, 1, 1]);
    expect(weightsServed(world)).toEqual({ stable: 90, baseline: 5, canary: 5 });
    lookUntil(world, () => world.status.release?.step === 1 && world.status.release.stage === 'wait');
    expect(sizes(world, GOOD)).toEqual([4, 2, 2]);
    expect(weightsServed(world)).toEqual({ baseline: 50, canary: 50 });
    lookUntil(world, () => world.outcomes.length === 2);
    expect(lastOutcome(world)).toBe('promoted');
    expect(sizes(world, GOOD)).toEqual([0, 0, 4]);
  });

  it('is compared with what the baseline served, not with stable', () => {
    const world = live(spec());
    world.happen({ kind: 'want', revision: GOOD });
    lookUntil(world, () => world.status.release?.stage === 'wait');
    looks(world, 3);
    const { reading } = world.status.release!;
    const requests = (track: string): number | undefined =>
      reading?.series.find((one) => one.track === track)?.counters.requests;
    expect(requests('baseline')).toBe(requests('canary'));
    expect(world.ticks.at(-1)?.plannedShare).toBe(0.5);
    expect(world.ticks.at(-1)?.control.requests).toBe(world.ticks.at(-1)?.candidate.requests);
  });

  it('that is bad goes back, and takes its baseline along', () => {
    const world = live(spec());
    world.happen({ kind: 'want', revision: ERRONEOUS });
    lookUntil(world, () => world.outcomes.length === 2);
    expect(lastOutcome(world)).toBe('rolledBack');
    looks(world, 1);
    expect(sizes(world, ERRONEOUS)).toEqual([4, 0, 0]);
    expect(weightsServed(world)).toEqual({ stable: 100 });
  });

  it('loses it first when a user promotes fully', () => {
    const world = live(spec());
    world.happen({ kind: 'want', revision: GOOD });
    lookUntil(world, () => world.status.release?.stage === 'wait');
    world.happen(command('promote', { full: true }));
    lookUntil(world, () => world.outcomes.length === 2);
    expect(lastOutcome(world)).toBe('promoted');
    expect(sizes(world, GOOD)).toEqual([0, 0, 4]);
  });
});
