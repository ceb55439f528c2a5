import { beforeEach, describe, expect, it } from 'vitest';
import { neighbourOf } from '../../src/engine/gates/neighbour.ts';
import { NEW_STATUS } from '../../src/engine/status.ts';
import { compilePlan } from '../../src/strategy/compile.ts';
import type { Gate, RolloutGate } from '../../src/rollout/model-outside.ts';
import type { Rollout } from '../../src/rollout/model.ts';
import { aRollout } from './rollouts.ts';
import { BETTER, command, GOOD, live, looks, lookUntil } from './scenes.ts';
import type { World } from './world.ts';
import { revision } from './world.ts';

const MINUTE_MS = 60_000;

const after = (more: Partial<RolloutGate> = {}): Gate => ({
  name: 'after',
  at: 'start',
  kind: 'rollout',
  rollout: 'staging',
  phase: 'Healthy',
  ...more,
});

const gated = (more: Partial<RolloutGate>): Rollout =>
  aRollout({ gates: [after(more)], deadlineMs: 30 * 1_440 * MINUTE_MS });

let staging: World;
let shop: World;

/** Both are looked at, and the clock of both goes on alike. */
function both(count: number, afterMs = 1_000): void {
  for (let look = 0; look < count; look += 1) {
    looks(staging, 1, afterMs);
    looks(shop, 1, afterMs);
  }
}

function stagingReleases(n: number): void {
  const ended = staging.outcomes.length;
  staging.happen({ kind: 'want', revision: n });
  for (let look = 0; look < 2_000 && staging.outcomes.length === ended; look += 1) both(1);
  // A look later it is at rest.
  both(2);
  expect([staging.status.stable, staging.status.phase]).toEqual([revision(n), 'Healthy']);
}

/** A shop whose gate waits for staging. Versions of even and odd numbers are made of two artefacts. */
function release(gate: Partial<RolloutGate>, n: number): void {
  shop.rollout = gated(gate);
  shop.happen({ kind: 'want', revision: n });
  shop.neighbours = () => ({
    staging: neighbourOf(staging.status, Number(staging.status.stable?.slice(3)) % 2 === n % 2),
  });
}

beforeEach(() => {
  staging = live(aRollout({ name: 'staging' }));
  shop = live();
});

describe('a gate of another Rollout', () => {
  it('says that it has not heard of it, or that there is none, and waits', () => {
    release({}, GOOD);
    shop.neighbours = undefined;
    both(2);
    expect(shop.status.message).toBe('gate after waits to hear of staging');
    shop.neighbours = () => ({ staging: 'none' });
    both(1);
    expect(shop.status.message).toBe('gate after waits for staging: there is none');
    expect(shop.status.phase).toBe('Waiting');
  });

  it('opens once it is in the phase', () => {
    staging.happen({ kind: 'want', revision: BETTER });
    both(5);
    release({}, GOOD);
    both(2);
    expect(shop.status.message).toBe('gate after waits until staging is Healthy (it is Progressing)');
    lookUntil(staging, () => staging.status.phase === 'Healthy');
    both(1);
    expect(shop.told('GatePassed')).toEqual(['gate after: staging is Healthy']);
  });

  it('waits until it runs the same artefact, whatever its revision', () => {
    stagingReleases(BETTER);
    release({ same: 'artefact' }, GOOD);
    both(2);
    expect(shop.status.message).toBe('gate after waits until staging runs this artefact (it runs r1-10)');
    stagingReleases(15);
    both(1);
    expect(shop.told('GatePassed')).toEqual(['gate after: staging is Healthy']);
  });

  it('waits until it runs the same revision, and says when only the artefact is the same', () => {
    stagingReleases(15);
    release({ same: 'revision' }, GOOD);
    both(2);
    expect(shop.status.message).toBe(
      'gate after waits until staging runs r1-5 (it runs r1-15, another revision of the same artefact)',
    );
    stagingReleases(GOOD);
    both(1);
    expect(shop.told('GatePassed')).toEqual(['gate after: staging is Healthy']);
  });
});

describe('a gate that wants another Rollout to last', () => {
  const LASTING = { same: 'artefact', forMs: 10 * MINUTE_MS } as const;

  it('counts how long, and what it has lasted before', () => {
    stagingReleases(GOOD);
    both(230);
    release(LASTING, GOOD);
    both(2);
    expect(shop.status.message).toMatch(/^gate after waits for staging: Healthy for 3m\d\ds of 10m$/);
    both(400);
    expect(shop.told('GatePassed')).toEqual(['gate after: staging has been Healthy for 10m']);
  });

  it('begins anew when it is interrupted, also between two looks', () => {
    stagingReleases(GOOD);
    release(LASTING, GOOD);
    both(500);
    staging.happen({ kind: 'kill', which: 'stable' });
    looks(staging, 8);
    expect(staging.status.phase).toBe('Healthy');
    both(1);
    expect(shop.status.message).toMatch(/Healthy for \ds of 10m$/);
    both(500);
    expect(shop.told('GatePassed')).toEqual([]);
    both(120);
    expect(shop.told('GatePassed')).toHaveLength(1);
  });

  it('waits when it moves on to another artefact, and counts from when it is back', () => {
    stagingReleases(GOOD);
    release(LASTING, GOOD);
    both(500);
    stagingReleases(BETTER);
    both(1_000);
    expect(shop.status.message).toBe('gate after waits until staging runs this artefact (it runs r1-10)');
    staging.happen(command('undo'));
    lookUntil(staging, () => staging.status.stable === revision(GOOD) && staging.status.phase === 'Healthy');
    both(300);
    expect(shop.told('GatePassed')).toEqual([]);
    both(400);
    expect(shop.told('GatePassed')).toHaveLength(1);
  });

  it('is not opened by a clock that is put forward, and not kept shut by one that is put back', () => {
    stagingReleases(GOOD);
    release(LASTING, GOOD);
    both(100);
    for (const world of [staging, shop]) world.happen({ kind: 'clockJump', byMs: 86_400_000 });
    both(100);
    expect(shop.told('GatePassed')).toEqual([]);
    for (const world of [staging, shop]) world.happen({ kind: 'clockJump', byMs: -3 * 86_400_000 });
    both(500);
    expect(shop.told('GatePassed')).toHaveLength(1);
  });

  it('does not count while it cannot be asked, and goes on where it was', () => {
    stagingReleases(GOOD);
    release(LASTING, GOOD);
    both(500);
    const known = shop.neighbours;
    shop.neighbours = undefined;
    both(600);
    expect(shop.status.message).toBe('gate after waits to hear of staging');
    shop.neighbours = known;
    both(1);
    expect(shop.status.message).toMatch(/Healthy for 8m\d+s of 10m$/);
  });

  it('begins anew when it was deleted and is declared again', () => {
    stagingReleases(GOOD);
    release(LASTING, GOOD);
    const known = shop.neighbours!;
    both(500);
    shop.neighbours = () => ({ staging: 'none' });
    both(10);
    staging = live(aRollout({ name: 'staging' }));
    staging.now = shop.now;
    shop.neighbours = known;
    stagingReleases(GOOD);
    both(500);
    expect(shop.told('GatePassed')).toEqual([]);
  });
});

describe('what a Rollout remembers of how long it has been so', () => {
  it('is nothing once a user has changed its phase since', () => {
    expect(neighbourOf(NEW_STATUS, false)).toEqual({ phase: 'Pending', isSameArtefact: false });
    const paused = { ...staging.status, phase: 'Paused' as const };
    expect(neighbourOf(staging.status, true).since).toBeTypeOf('number');
    expect(neighbourOf(paused, true).since).toBeUndefined();
  });
});

describe('the plan', () => {
  it('says what a gate of another Rollout waits for', () => {
    const { notes } = compilePlan(gated({ same: 'artefact', forMs: 10 * MINUTE_MS }), {
      hasStable: true,
      direct: false,
    });
    expect(notes).toContain(
      'gate after waits until staging runs the same artefact and is Healthy, for 10m without interruption',
    );
    const undo = compilePlan(gated({}), { hasStable: true, direct: true });
    expect(undo.notes.join()).not.toContain('staging');
  });
});
