import { describe, expect, it } from 'vitest';
import { FULL_SHARE } from '../../src/base/share.ts';
import { advance } from '../../src/engine/advance.ts';
import type { Group, Observation, Route } from '../../src/engine/observation.ts';
import { aRollout, anAnalysis } from './rollouts.ts';
import { revision, World } from './world.ts';
import {
  BETTER,
  command,
  CRASHING,
  ERRONEOUS,
  GOOD,
  lastOutcome,
  live,
  looks,
  lookUntil,
  NEVER_READY,
} from './scenes.ts';

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

  it('does not retire stable for a version that has stopped serving', () => {
    const world = live();
    world.happen({ kind: 'want', revision: GOOD });
    lookUntil(world, () => {
      const { release } = world.status;
      return release?.stage === 'route' && release.plan.steps[release.step]!.promoting;
    });
    const groups: Group[] = [
      { revision: revision(0), running: 3, ready: 3 },
      { revision: revision(GOOD), running: 0, ready: 0 },
    ];
    const route: Route = { parts: [{ track: 'canary', revision: revision(GOOD), weight: FULL_SHARE }] };
    const seen: Observation = { wanted: world.wanted!, groups, route };
    const { desired } = advance(world.rollout, world.status, seen, world.now + 1);
    expect(desired.groups.find((group) => group.revision === revision(0))?.replicas).toBe(3);
  });

  it.each<[string, Group[], boolean]>([
    ['waits for stable to be back', [], false],
    ['waits for stable to be ready', [{ revision: revision(0), running: 3, ready: 0 }], false],
    [
      'does not wait for a stable that cannot stay up',
      [{ revision: revision(0), running: 0, ready: 0, failing: 'crashed' }],
      true,
    ],
    ['begins once stable serves', [{ revision: revision(0), running: 3, ready: 1 }], true],
  ])('whose processes are all gone %s', (_, groups, begins) => {
    const world = live();
    world.happen({ kind: 'want', revision: GOOD });
    lookUntil(world, () => world.status.release?.stage === 'wait');
    const seen: Observation = { wanted: world.wanted!, groups };
    const { desired } = advance(world.rollout, world.status, seen, world.now + 1);
    const started = desired.groups.map((group) => group.revision);
    expect(started).toEqual(begins ? [revision(0), revision(GOOD)] : [revision(0)]);
  });

  it('goes on while the Rollout is suspended, whatever else is wanted', () => {
    const world = live();
    world.happen({ kind: 'want', revision: GOOD });
    lookUntil(world, () => world.status.release?.stage === 'wait');
    const seen: Observation = { wanted: { revision: revision(BETTER), mode: 'strategy' } };
    const decision = advance({ ...world.rollout, suspend: true }, world.status, seen, world.now + 1);
    expect(decision.status.release?.direction.kind).toBe('forward');
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

  it('of a recreate that cannot run brings the old version back, once the new one is gone', () => {
    const { analysis: _, ...spec } = aRollout({ strategy: { kind: 'recreate' } });
    const world = live(spec);
    world.happen({ kind: 'want', revision: CRASHING });
    lookUntil(world, () => {
      expect(new Set(world.running).size).toBeLessThan(2);
      return world.outcomes.length === 2;
    });
    expect(lastOutcome(world)).toBe('rolledBack');
    lookUntil(world, () => world.served.parts[0]?.revision === revision(0));
  });
});

describe('the end of a step', () => {
  it('does not come by itself when the metrics end after a moment: a bad version is not promoted unseen', () => {
    const world = live();
    world.happen({ kind: 'want', revision: ERRONEOUS });
    lookUntil(world, () => (world.status.release?.measuredMs ?? 0) > 0);
    world.happen({ kind: 'metrics', up: false });
    looks(world, 600);
    expect(world.status.stable).toBe(revision(0));
    expect(world.status.release?.step ?? 0).toBe(0);
  });

  it("asks, when that is the policy, once the metrics have been away for the step's longest time", () => {
    const world = live(aRollout({ analysis: anAnalysis({ noData: 'ask' }) }));
    world.happen({ kind: 'metrics', up: false });
    world.happen({ kind: 'want', revision: GOOD });
    looks(world, 100);
    expect(world.status.phase).toBe('Progressing');
    looks(world, 60);
    expect(world.status.phase).toBe('Waiting');
  });

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
