import { describe, expect, it } from 'vitest';
import { advance } from '../../src/engine/advance.ts';
import type { Group, Observation, Route } from '../../src/engine/observation.ts';
import { NEW_STATUS, type Status } from '../../src/engine/status.ts';
import { steer, type Command } from '../../src/engine/steer.ts';
import { FULL_SHARE } from '../../src/base/share.ts';
import type { Rollout } from '../../src/rollout/model.ts';
import { aRollout, anAnalysis } from './rollouts.ts';
import { revision, World, type Happening } from './world.ts';

const GOOD = 5;
const BETTER = 10;
const ERRONEOUS = 2;
const CRASHING = 3;
const NEVER_READY = 4;

/** A world whose first version (revision 0) is live. */
function live(spec: Rollout = aRollout()): World {
  const world = new World(spec);
  world.happen({ kind: 'want', revision: 0 });
  looks(world, 20, 250);
  expect(world.status.stable).toBe(revision(0));
  return world;
}

function looks(world: World, count: number, afterMs = 1_000): void {
  for (let look = 0; look < count; look += 1) world.happen({ kind: 'look', afterMs });
}

function lookUntil(world: World, holds: () => boolean): void {
  for (let look = 0; look < 5_000 && !holds(); look += 1) world.happen({ kind: 'look', afterMs: 500 });
  expect(holds()).toBe(true);
}

function command(verb: Command['verb'], more: object = {}): Happening {
  return { kind: 'command', command: { verb, ...more } as Command };
}

function lastOutcome(world: World): string | undefined {
  return world.outcomes.at(-1)?.outcome;
}

describe('a release', () => {
  it('of a good version is promoted through every step', () => {
    const world = live();
    world.happen({ kind: 'want', revision: GOOD });
    lookUntil(world, () => world.outcomes.length === 2);
    expect(lastOutcome(world)).toBe('promoted');
    expect(world.status.stable).toBe(revision(GOOD));
    expect(world.status.previous).toBe(revision(0));
  });

  it('of a version that fails its users is rolled back, with the numbers, and is not tried again', () => {
    const world = live();
    world.happen({ kind: 'want', revision: ERRONEOUS });
    lookUntil(world, () => world.outcomes.length === 2);
    expect(lastOutcome(world)).toBe('rolledBack');
    expect(world.outcomes.at(-1)?.reason).toMatch(/errors/);
    looks(world, 50);
    expect(world.outcomes).toHaveLength(2);
    expect(world.status.phase).toBe('Degraded');
    expect(world.served.parts).toEqual([{ track: 'stable', revision: revision(0), weight: FULL_SHARE }]);
  });

  it.each([
    ['crashes', CRASHING],
    ['never becomes ready', NEVER_READY],
  ])('of a version that %s is rolled back before it gets any traffic', (_, candidate) => {
    const world = live();
    world.happen({ kind: 'want', revision: candidate });
    lookUntil(world, () => {
      expect(world.served.parts.map((part) => part.revision)).toEqual([revision(0)]);
      return world.outcomes.length === 2;
    });
    expect(lastOutcome(world)).toBe('rolledBack');
  });

  it('that is superseded goes back first, and the superseded revision is not held against it', () => {
    const world = live();
    world.happen({ kind: 'want', revision: GOOD });
    lookUntil(world, () => world.status.release?.stage === 'wait');
    world.happen({ kind: 'want', revision: BETTER });
    lookUntil(world, () => world.outcomes.length === 3);
    expect(world.outcomes.slice(1).map((one) => one.outcome)).toEqual(['aborted', 'promoted']);
    expect(world.status.stable).toBe(revision(BETTER));
    expect(world.status.rejected).toEqual([]);
  });

  it('ends when the user goes back to the stable revision in the declaration', () => {
    const world = live();
    world.happen({ kind: 'want', revision: GOOD });
    lookUntil(world, () => world.status.release?.stage === 'wait');
    world.happen({ kind: 'want', revision: 0 });
    lookUntil(world, () => world.outcomes.length === 2);
    expect(lastOutcome(world)).toBe('aborted');
    lookUntil(world, () => world.status.phase === 'Healthy');
  });

  it('that is suspended is seen and not started', () => {
    const world = live();
    const seen: Observation = { wanted: { revision: revision(GOOD), mode: 'strategy' } };
    const decision = advance({ ...world.rollout, suspend: true }, world.status, seen, 1);
    expect(decision.status.release).toBeUndefined();
  });

  it('of the very first version that cannot run fails, and nothing serves', () => {
    const world = new World(aRollout());
    world.happen({ kind: 'want', revision: CRASHING });
    lookUntil(world, () => world.outcomes.length === 1);
    expect(lastOutcome(world)).toBe('failed');
    expect(world.status.stable).toBeUndefined();
    looks(world, 3);
    expect(world.status.message).toContain('nothing serves');
  });

  it('of a recreate stops the old version before the new one starts', () => {
    const { analysis: _, ...spec } = aRollout({ strategy: { kind: 'recreate' } });
    const world = live(spec);
    world.happen({ kind: 'want', revision: GOOD });
    lookUntil(world, () => {
      const revisions = new Set(world.served.parts.map((part) => part.revision));
      expect(revisions.size).toBeLessThan(2);
      return world.outcomes.length === 2;
    });
    expect(lastOutcome(world)).toBe('promoted');
  });

  it('of a recreate that cannot run brings the old version back', () => {
    const { analysis: _, ...spec } = aRollout({ strategy: { kind: 'recreate' } });
    const world = live(spec);
    world.happen({ kind: 'want', revision: CRASHING });
    lookUntil(world, () => world.outcomes.length === 2);
    expect(lastOutcome(world)).toBe('rolledBack');
    lookUntil(world, () => world.served.parts[0]?.revision === revision(0));
  });
});

describe('the end of a step', () => {
  it('comes after its longest time when nothing was decided and the policy is to advance', () => {
    const world = live(aRollout({ analysis: anAnalysis({ checks: [thresholdOnly()] }) }));
    world.happen({ kind: 'want', revision: GOOD });
    lookUntil(world, () => world.status.release?.stage === 'wait');
    looks(world, 100);
    expect(world.status.release?.step).toBe(0);
    looks(world, 30);
    expect(world.status.release?.step).toBeGreaterThan(0);
  });

  it.each([
    ['hold', 'holding'],
    ['ask', 'promote or abort?'],
  ] as const)('does not come by itself when the policy for undecided is %s', (undecided, words) => {
    const world = live(aRollout({ analysis: anAnalysis({ undecided, checks: [thresholdOnly()] }) }));
    world.happen({ kind: 'want', revision: GOOD });
    looks(world, 300);
    expect(world.status.release?.step).toBe(0);
    expect(world.status.message).toContain(words);
    expect(world.status.phase).toBe(undecided === 'ask' ? 'Waiting' : 'Progressing');
    world.happen(command('promote'));
    expect(world.status.release?.step).toBe(1);
  });

  it('is a rollback when the policy for undecided says so', () => {
    const world = live(
      aRollout({ analysis: anAnalysis({ undecided: 'rollBack', checks: [thresholdOnly()] }) }),
    );
    world.happen({ kind: 'want', revision: GOOD });
    lookUntil(world, () => world.outcomes.length === 2);
    expect(lastOutcome(world)).toBe('rolledBack');
  });

  it('waits for a person at a pause without a time, and resume goes on', () => {
    const strategy = aRollout().strategy;
    if (strategy.kind !== 'canary') throw new Error('the default is a canary');
    const world = live(
      aRollout({ strategy: { ...strategy, steps: [strategy.steps[0]!, { kind: 'pause' }] } }),
    );
    world.happen({ kind: 'want', revision: GOOD });
    looks(world, 60);
    expect(world.status.phase).toBe('Paused');
    world.happen(command('resume'));
    lookUntil(world, () => world.outcomes.length === 2);
    expect(lastOutcome(world)).toBe('promoted');
  });

  function thresholdOnly(): ReturnType<typeof anAnalysis>['checks'][number] {
    return {
      name: 'errors',
      metric: { kind: 'errors' },
      judge: { kind: 'threshold', max: 0.9, everyMs: 10_000, failures: { limit: 0, consecutive: false } },
      weight: 1,
    };
  }
});

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
