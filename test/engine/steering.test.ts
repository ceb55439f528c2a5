import { describe, expect, it } from 'vitest';
import { FULL_SHARE } from '../../src/base/share.ts';
import { advance } from '../../src/engine/advance.ts';
import type { Group, Observation, Route } from '../../src/engine/observation.ts';
import { NEW_STATUS, type Status } from '../../src/engine/status.ts';
import { steer } from '../../src/engine/steer.ts';
import { aRollout } from './rollouts.ts';
import { revision } from './world.ts';
import { command, ERRONEOUS, GOOD, lastOutcome, live, looks, lookUntil } from './scenes.ts';

describe('a user', () => {
  it('pauses a release, which then stays where it is, and resumes it', () => {
    const world = live();
    world.happen({ kind: 'want', revision: GOOD });
    lookUntil(world, () => world.status.release?.stage === 'wait');
    world.happen(command('pause'));
    looks(world, 600);
    expect(world.status.release?.step).toBe(0);
    expect(world.status.phase).toBe('Paused');
    world.happen(command('resume'));
    lookUntil(world, () => world.outcomes.length === 2);
    expect(lastOutcome(world)).toBe('promoted');
  });

  it('who pauses or resumes is named for as long as that lasts', () => {
    const world = live();
    world.happen({ kind: 'want', revision: GOOD });
    lookUntil(world, () => world.status.release?.stage === 'wait');
    const paused = steer(world.status, { verb: 'pause' }, 'ana');
    expect(paused.events.map(({ message }) => message)).toEqual(['paused by ana']);
    const seen: Observation = { wanted: world.wanted! };
    const later = advance(world.rollout, paused.status, seen, world.now + 1_000).status;
    expect([paused.status.message, later.message]).toEqual(['paused by ana', 'paused by ana']);
    const resumed = steer(later, { verb: 'resume' }, 'ben');
    expect(resumed.events.map(({ message }) => message)).toEqual(['resumed by ben']);
  });

  it.each(['promote', 'pause', 'resume', 'abort'] as const)(
    'who says %s to what goes back is told so',
    (verb) => {
      const world = live();
      world.happen({ kind: 'want', revision: GOOD });
      lookUntil(world, () => world.status.release?.stage === 'wait');
      const { status } = steer(world.status, { verb: 'abort', reason: 'odd' }, 'ana');
      expect(() => steer(status, { verb })).toThrow(
        `cannot ${verb} the release: it is going back already (aborted by ana: odd)`,
      );
    },
  );

  it('cannot pause the protection: a bad version goes back during a pause', () => {
    const world = live();
    world.happen({ kind: 'want', revision: ERRONEOUS });
    lookUntil(world, () => world.status.release?.stage === 'wait');
    world.happen(command('pause'));
    lookUntil(world, () => world.outcomes.length === 2);
    expect(lastOutcome(world)).toBe('rolledBack');
  });

  it('promotes fully, past all steps', () => {
    const world = live();
    world.happen({ kind: 'want', revision: ERRONEOUS });
    lookUntil(world, () => world.status.release?.stage === 'wait');
    world.happen(command('promote', { full: true }));
    lookUntil(world, () => world.outcomes.length === 2);
    expect(lastOutcome(world)).toBe('promoted');
  });

  it('aborts: stable has everything again and the revision is rejected until retried', () => {
    const world = live();
    world.happen({ kind: 'want', revision: GOOD });
    lookUntil(world, () => world.status.release?.stage === 'wait');
    world.happen(command('abort', { reason: 'looks odd' }));
    lookUntil(world, () => world.outcomes.length === 2);
    expect(world.outcomes.at(-1)).toMatchObject({
      outcome: 'aborted',
      reason: 'aborted by a user: looks odd',
    });
    looks(world, 20);
    expect(world.outcomes).toHaveLength(2);
    world.happen(command('retry'));
    lookUntil(world, () => world.outcomes.length === 3);
    expect(lastOutcome(world)).toBe('promoted');
  });

  it('who says undo twice does not bring the undone version back', () => {
    const world = live();
    world.happen({ kind: 'want', revision: GOOD });
    lookUntil(world, () => world.outcomes.length === 2);
    world.happen(command('undo'));
    lookUntil(world, () => world.outcomes.length === 3);
    world.happen(command('undo'));
    looks(world, 20);
    expect(world.status.stable).toBe(revision(0));
    expect(world.status.rejected).toEqual([revision(GOOD)]);
  });

  it('whose undo fails keeps a serving version that is not rejected', () => {
    const world = live();
    world.happen({ kind: 'want', revision: GOOD });
    lookUntil(world, () => world.outcomes.length === 2);
    world.happen(command('undo'));
    looks(world, 1);
    world.happen(command('abort'));
    lookUntil(world, () => world.outcomes.length === 3);
    expect(world.status.stable).toBe(revision(GOOD));
    expect(world.status.rejected).toEqual([revision(0)]);
  });

  it('who promotes past a step is named in the history', () => {
    const world = live();
    world.happen({ kind: 'want', revision: GOOD });
    lookUntil(world, () => world.status.release?.stage === 'wait');
    world.happen(command('promote', { full: true }));
    lookUntil(world, () => world.outcomes.length === 2);
    expect(world.outcomes.at(-1)?.reason).toContain('a user promoted it fully past "canary 5%"');
  });

  it('who promotes while the route is being written throws nobody back', () => {
    const world = live();
    world.happen({ kind: 'want', revision: GOOD });
    lookUntil(world, () => world.status.release?.stage === 'route');
    world.happen(command('promote'));
    looks(world, 1, 10);
    expect(world.served.parts.map((part) => part.track)).toContain('canary');
  });

  it('who suspends the Rollout may still undo', () => {
    const world = live();
    world.happen({ kind: 'want', revision: GOOD });
    lookUntil(world, () => world.outcomes.length === 2);
    const steered = steer(world.status, { verb: 'undo' });
    const seen: Observation = { wanted: steered.wanted! };
    const decision = advance({ ...world.rollout, suspend: true }, steered.status, seen, 1);
    expect(decision.status.release?.to).toBe(revision(0));
  });

  it('undoes a promotion at once, without steps, and what was undone stays away', () => {
    const world = live();
    world.happen({ kind: 'want', revision: GOOD });
    lookUntil(world, () => world.outcomes.length === 2);
    world.happen(command('undo'));
    expect(world.wanted).toEqual({ revision: revision(0), mode: 'direct' });
    looks(world, 1);
    expect(world.status.release?.plan.steps.some((step) => step.wait.kind !== 'none')).toBe(false);
    lookUntil(world, () => world.outcomes.length === 3);
    expect(world.status.stable).toBe(revision(0));
    world.happen({ kind: 'want', revision: GOOD });
    looks(world, 20);
    expect(world.outcomes).toHaveLength(3);
  });

  it.each(['promote', 'pause', 'resume', 'abort', 'retry', 'undo'] as const)(
    'who says %s when it can mean nothing is told so',
    (verb) => {
      expect(() => steer(NEW_STATUS, { verb })).toThrow(/cannot/);
    },
  );
});

describe('the way back', () => {
  const spec = aRollout();

  /** A release that is going back, seen with these groups and this route. */
  function goingBack(
    groups: readonly Group[],
    route: Route | undefined,
  ): { status: Status; served: Route | undefined } {
    const world = live(spec);
    world.happen({ kind: 'want', revision: GOOD });
    lookUntil(world, () => world.status.release?.stage === 'wait');
    const { status } = steer(world.status, { verb: 'abort' });
    const seen: Observation = { groups, ...(route === undefined ? {} : { route }), wanted: world.wanted! };
    const decision = advance(spec, status, seen, world.now + 1_000);
    return { status: decision.status, served: decision.desired.route };
  }

  const all = (track: 'stable' | 'canary', n: number): Route => ({
    parts: [{ track, revision: revision(n), weight: FULL_SHARE }],
  });
  const group = (n: number, ready: number): Group => ({ revision: revision(n), running: ready, ready });

  it.each([
    ['stable, when both can serve', [group(0, 3), group(GOOD, 1)], all('stable', 0)],
    ['stable, when neither can', [group(0, 0), group(GOOD, 0)], all('stable', 0)],
    ['the candidate, while only it can serve', [group(0, 0), group(GOOD, 1)], all('canary', GOOD)],
  ])('sends traffic to %s', (_, groups, route) => {
    expect(goingBack(groups, undefined).served).toEqual(route);
  });

  it('ends when stable is confirmed to have everything', () => {
    expect(goingBack([group(0, 3), group(GOOD, 1)], all('stable', 0)).status.lastOutcome?.outcome).toBe(
      'aborted',
    );
  });

  it('is over within a minute although the data plane never confirms it, and then says so', () => {
    const world = live();
    world.happen({ kind: 'want', revision: ERRONEOUS });
    lookUntil(world, () => world.status.release?.stage === 'wait');
    world.happen(command('abort'));
    world.happen({ kind: 'gateway', state: 'down' });
    looks(world, 61);
    expect(lastOutcome(world)).toBe('failed');
    expect(world.outcomes.at(-1)?.reason).toContain('has not confirmed');
    world.happen({ kind: 'gateway', state: 'up' });
    looks(world, 2);
    expect(world.served).toEqual(all('stable', 0));
  });
});
