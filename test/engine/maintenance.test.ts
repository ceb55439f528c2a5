import { describe, expect, it } from 'vitest';
import { closeToUsers, isClosedAs, openToUsers, type Maintenance } from '../../src/engine/maintenance.ts';
import { NEW_STATUS } from '../../src/engine/status.ts';
import type { Rollout } from '../../src/rollout/model.ts';
import { aRollout } from './rollouts.ts';
import { command, ERRONEOUS, GOOD, lastOutcome, live, looks, lookUntil } from './scenes.ts';
import { revision, type World } from './world.ts';

const CLOSED: Maintenance = { since: 1_000, message: 'moving', retryAfterMs: 60_000 };

function close(world: World): void {
  world.status = closeToUsers(world.status, CLOSED).status;
}

function open(world: World): void {
  world.status = openToUsers(world.status, world.now).status;
}

/** A release of `candidate` that waits at its first step. */
function waiting(candidate: number, differences: Partial<Rollout> = {}): World {
  const world = live(aRollout(differences));
  world.happen({ kind: 'want', revision: candidate });
  lookUntil(world, () => world.status.release?.stage === 'wait' && world.ticks.length > 3);
  return world;
}

describe('a Rollout in maintenance', () => {
  it('is closed where the data plane divides its traffic, and says so until it is open again', () => {
    const world = live();
    close(world);
    looks(world, 2);
    expect(world.served.maintenance).toEqual(CLOSED);
    expect(world.status.message).toMatch(/^in maintenance; r1-0 serves/);
    looks(world, 2);
    expect(world.status.message).toMatch(/^in maintenance; r1-0/);
    open(world);
    looks(world, 2);
    expect(world.served).not.toHaveProperty('maintenance');
    expect(world.status.message).toMatch(/^r1-0 serves/);
  });

  it('judges nothing and spends no time of a step, for as long as it takes, and goes on where it was', () => {
    const world = waiting(GOOD);
    const { length } = world.ticks;
    close(world);
    looks(world, 1);
    const before = world.status.release;
    looks(world, 600);
    expect(world.ticks).toHaveLength(length);
    expect(world.status.release).toMatchObject({
      step: before?.step,
      stageMs: before?.stageMs,
      measuredMs: before?.measuredMs,
    });
    expect(world.status.message).toContain('held while in maintenance');
    open(world);
    lookUntil(world, () => world.outcomes.length === 2);
    expect(lastOutcome(world)).toBe('promoted');
  });

  it('counts nothing until the data plane confirms that it is open', () => {
    const world = waiting(GOOD);
    close(world);
    looks(world, 5);
    const { length } = world.ticks;
    world.happen({ kind: 'gateway', state: 'lying' });
    open(world);
    looks(world, 20);
    expect(world.ticks).toHaveLength(length);
    world.happen({ kind: 'gateway', state: 'up' });
    lookUntil(world, () => world.ticks.length > length);
  });

  it('does not hold up the way back', () => {
    const world = waiting(ERRONEOUS);
    close(world);
    looks(world, 5);
    world.happen(command('abort'));
    lookUntil(world, () => world.outcomes.length === 2);
    expect(lastOutcome(world)).toBe('aborted');
    expect(world.served).toMatchObject({ maintenance: CLOSED, parts: [{ revision: revision(0) }] });
  });

  it('is released all the same where no step waits, and promoted fully by a user', () => {
    const world = live(aRollout({ strategy: { kind: 'recreate' } }));
    close(world);
    world.happen({ kind: 'want', revision: GOOD });
    lookUntil(world, () => world.outcomes.length === 2);
    expect(lastOutcome(world)).toBe('promoted');
    const other = waiting(GOOD);
    close(other);
    looks(other, 5);
    other.happen(command('promote', { full: true }));
    lookUntil(other, () => other.outcomes.length === 2);
    expect(lastOutcome(other)).toBe('promoted');
    expect(other.served.maintenance).toEqual(CLOSED);
  });

  it('still ends by its deadline', () => {
    const world = waiting(GOOD, { deadlineMs: 600_000 });
    close(world);
    lookUntil(world, () => world.outcomes.length === 2);
    expect(lastOutcome(world)).toBe('rolledBack');
  });
});

describe('the order to close', () => {
  it('tells what is closed and for how long, and repeated says something new of the same time', () => {
    const first = closeToUsers(NEW_STATUS, { ...CLOSED, holdMs: 30_000 });
    expect(first.events).toEqual([
      { type: 'MaintenanceOn', message: 'in maintenance: moving, requests wait for up to 30s' },
    ]);
    const second = closeToUsers(first.status, { since: 5_000, retryAfterMs: 1 });
    expect(second.status.maintenance).toEqual({ since: 1_000, retryAfterMs: 1 });
    const opened = openToUsers(second.status, 61_400);
    expect(opened.status).toEqual(NEW_STATUS);
    expect(opened.events).toEqual([{ type: 'MaintenanceOff', message: 'open again, after 60s' }]);
    expect(openToUsers(opened.status, 70_000)).toEqual({ status: NEW_STATUS, events: [] });
  });

  it('is carried out once the data plane says the same', () => {
    const wanted = { parts: [], maintenance: CLOSED };
    expect(isClosedAs({ route: { parts: [] } }, wanted)).toBe(false);
    expect(isClosedAs({ route: { parts: [], maintenance: { ...CLOSED, message: 'else' } } }, wanted)).toBe(
      false,
    );
    expect(isClosedAs({ route: wanted }, wanted)).toBe(true);
    expect(isClosedAs({}, wanted)).toBe(false);
  });
});
