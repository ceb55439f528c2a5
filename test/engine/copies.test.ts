import { describe, expect, it } from 'vitest';
import { FULL_SHARE, parseShare } from '../../src/base/share.ts';
import type { Rollout } from '../../src/rollout/model.ts';
import { aRollout, weights } from './rollouts.ts';
import { ERRONEOUS, GOOD, lastOutcome, live, looks, lookUntil } from './scenes.ts';
import { revision, type World } from './world.ts';

const analyze = { atLeastMs: 10_000, atMostMs: 120_000 };

function copying(): Rollout {
  const steps = [
    { kind: 'mirror', share: parseShare('30%')! } as const,
    ...weights('5%').slice(1),
    ...weights('5%'),
  ];
  return aRollout({ strategy: { kind: 'canary', steps, capacity: 'match', earlyPromotion: true } }, 4);
}

function previewing(): Rollout {
  const preview = { mirror: parseShare('30%')!, analyze };
  return aRollout({ strategy: { kind: 'blueGreen', bakeMs: 0, keepStableMs: 0, preview } }, 4);
}

function startedCopies(world: World, candidate: number): void {
  world.happen({ kind: 'want', revision: candidate });
  lookUntil(world, () => world.status.release?.stage === 'wait');
}

describe.each([
  ['a canary that begins with copies', copying, 'shadow', 2],
  ['blue/green with a preview', previewing, 'preview', 4],
] as const)('%s', (...[, spec, track, size]) => {
  it('sends copies to the new version once it is ready, and all users to the old one', () => {
    const world = live(spec());
    startedCopies(world, GOOD);
    expect(world.count(revision(GOOD))).toBe(size);
    expect(world.served.parts).toEqual([{ track: 'stable', revision: revision(0), weight: FULL_SHARE }]);
    expect(world.served.mirrors).toMatchObject([{ track, revision: revision(GOOD), share: 30_000 }]);
  });

  it('compares the copies with the requests they are of, without a sample ratio, and counts no user', () => {
    const world = live(spec());
    startedCopies(world, GOOD);
    looks(world, 3);
    const { candidate, control, plannedShare } = world.ticks.at(-1)!;
    expect(candidate.requests).toBeGreaterThan(0);
    expect(control.requests).toBe(candidate.requests);
    expect(plannedShare).toBeUndefined();
    expect(world.status.release?.served).toEqual({ requests: 0, errors: 0 });
  });

  it('goes on when the copies fared well, and copies nothing any more', () => {
    const world = live(spec());
    startedCopies(world, GOOD);
    lookUntil(world, () => world.outcomes.length === 2);
    expect(lastOutcome(world)).toBe('promoted');
    expect(world.served.mirrors).toBeUndefined();
  });

  it('goes back when they fared badly, before any user met it', () => {
    const world = live(spec());
    startedCopies(world, ERRONEOUS);
    lookUntil(world, () => world.outcomes.length === 2);
    expect(lastOutcome(world)).toBe('rolledBack');
    expect(world.outcomes.at(-1)?.reason).toContain('errors');
    looks(world, 1);
    expect(world.served.mirrors).toBeUndefined();
    expect(world.served.parts.map(({ track: served }) => served)).toEqual(['stable']);
    expect(world.count(revision(ERRONEOUS))).toBe(0);
  });

  it('does not end on copies of which none was made', () => {
    const world = live(spec());
    startedCopies(world, GOOD);
    world.happen({ kind: 'metrics', up: false });
    for (let i = 0; i < 200; i += 1) world.happen({ kind: 'look', afterMs: 1_000 });
    expect(world.status.release).toMatchObject({ step: 0, stage: 'wait' });
    expect(world.status.message).toContain('nothing to judge by');
  });
});
