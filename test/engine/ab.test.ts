import { describe, expect, it } from 'vitest';
import { countersTogether } from '../../src/analysis/measurement.ts';
import { parseShare } from '../../src/base/share.ts';
import { steer } from '../../src/engine/steer.ts';
import type { AbStrategy } from '../../src/rollout/experiment.ts';
import type { Rollout } from '../../src/rollout/model.ts';
import { aRollout } from './rollouts.ts';
import { BETTER, command, CRASHING, ERRONEOUS, GOOD, lastOutcome, live, looks, lookUntil } from './scenes.ts';
import { revision, type World } from './world.ts';

function spec(differences: Partial<AbStrategy> = {}): Rollout {
  const strategy: AbStrategy = {
    kind: 'ab',
    unit: { from: 'cookie', name: 'uid' },
    control: { name: 'blue', share: parseShare('50%')! },
    challengers: [{ name: 'green', share: parseShare('50%')!, env: {} }],
    goal: { conversion: { method: 'POST', path: '/orders' } },
    minimumEffect: 0.2,
    untilDecided: true,
    atMostMs: 3_600_000,
    whenBetter: 'promote',
    otherwise: 'keepStable',
    ...differences,
  };
  return aRollout({ strategy, deadlineMs: 7_200_000 });
}

/** A world in which the revision is under experiment and its users convert so often; those of the old one, one in ten. */
function underway(rate: number, differences: Partial<AbStrategy> = {}, challenger = GOOD): World {
  const world = live(spec(differences));
  world.converts = (id) => (id === revision(challenger) ? rate : 0.1);
  world.happen({ kind: 'want', revision: challenger });
  lookUntil(world, () => world.status.release?.experiment !== undefined);
  return world;
}

describe('an experiment', () => {
  it('runs both at full size, and gives each its share of the users', () => {
    const world = underway(0.1);
    expect([world.count(revision(0)), world.count(revision(GOOD))]).toEqual([3, 3]);
    expect(world.served.parts.map(({ track, weight }) => [track, weight / 1_000])).toEqual([
      ['stable', 50],
      ['variant:green', 50],
    ]);
    expect(world.served.experiment).toMatchObject({ id: '2', unit: { from: 'cookie', name: 'uid' } });
  });

  it('ends as soon as the new variant is proved better, which is promoted with the numbers', () => {
    const world = underway(0.15);
    lookUntil(world, () => world.outcomes.length === 2);
    expect(lastOutcome(world)).toBe('promoted');
    expect(world.outcomes.at(-1)?.reason).toMatch(/more users convert: 15 % of .* against 10 %/);
    expect(world.status.stable).toBe(revision(GOOD));
    expect(world.outcomes.at(-1)!.ageMs).toBeLessThan(600_000);
    looks(world, 3);
    expect(world.served).not.toHaveProperty('experiment');
  });

  it.each([
    ['worse', 0.05, /not better by what is worth finding: 5 % of/],
    ['no better than is worth finding', 0.1, /not better by what is worth finding/],
  ])('keeps what runs when the new variant is %s, which is no failure', (_, rate, why) => {
    const world = underway(rate);
    const phases = new Set<string>();
    lookUntil(world, () => {
      phases.add(world.status.phase);
      return world.status.release?.direction.kind === 'back';
    });
    for (const verb of ['promote', 'pause', 'abort'] as const) {
      const tooLate = `cannot ${verb} the release: it is ending already, and what ran before stays`;
      expect(() => steer(world.status, { verb })).toThrow(tooLate);
    }
    lookUntil(world, () => {
      phases.add(world.status.phase);
      return world.outcomes.length === 2;
    });
    expect(lastOutcome(world)).toBe('completed');
    // Nothing went wrong that had to be taken back.
    expect([world.told('Concluding').length, world.told('RollingBack')]).toEqual([1, []]);
    expect(phases).not.toContain('RollingBack');
    expect(world.outcomes.at(-1)?.reason).toMatch(why);
    looks(world, 20);
    expect(world.status.stable).toBe(revision(0));
    expect(world.status.phase).toBe('Healthy');
    expect(world.running).toEqual([revision(0)]);
    // It is not begun again by itself, and is when somebody says so.
    expect(world.outcomes).toHaveLength(2);
    world.happen(command('retry'));
    lookUntil(world, () => world.status.release !== undefined);
  });

  it('ends after its users, or its time, with what is known then', () => {
    const few = underway(0.102, { users: 3_000 });
    lookUntil(few, () => few.outcomes.length === 2);
    expect(lastOutcome(few)).toBe('completed');
    expect(few.outcomes.at(-1)!.ageMs).toBeLessThan(60_000);
    const late = underway(0.15, { untilDecided: false, atMostMs: 300_000 });
    looks(late, 200);
    expect(late.status.release?.experiment?.judgement.isDecided).toBe(true);
    lookUntil(late, () => late.outcomes.length === 2);
    expect(lastOutcome(late)).toBe('promoted');
  });

  it.each([
    ['better', 0.15, 'promote', 'promoted'],
    ['better', 0.15, 'abort', 'aborted'],
    ['not better', 0.1, 'promote', 'promoted'],
  ] as const)('asks, when it is %s, where it is to: %s %s', (...[, rate, verb, outcome]) => {
    const world = underway(rate, { whenBetter: 'ask', otherwise: 'ask' });
    lookUntil(world, () => world.status.phase === 'Waiting');
    expect(world.status.release?.asking).toMatch(/promote or abort\?/);
    world.happen(command(verb));
    lookUntil(world, () => world.outcomes.length === 2);
    expect(lastOutcome(world)).toBe(outcome);
  });

  it('is rolled back by a check at any moment, however many users convert', () => {
    const world = underway(0.3, { whenBetter: 'ask' }, ERRONEOUS);
    lookUntil(world, () => world.outcomes.length === 2);
    expect(lastOutcome(world)).toBe('rolledBack');
    expect(world.outcomes.at(-1)?.reason).toMatch(/errors/);
  });

  it('goes on after its gateway was lost, with what was counted before', () => {
    const world = underway(0.12, { untilDecided: false, atMostMs: 600_000 });
    looks(world, 60);
    const before = world.status.release!.experiment!.judgement.candidates[0]!.trials;
    world.happen({ kind: 'gateway', state: 'restarted' });
    looks(world, 10);
    const after = world.status.release!.experiment!.judgement.candidates[0]!;
    expect(after.trials).toBeGreaterThan(before);
    expect(after.events / after.trials).toBeCloseTo(0.12, 2);
  });

  it('promotes nothing while users are not divided as planned', () => {
    const world = underway(0.3, { atMostMs: 300_000, control: { name: 'blue', share: parseShare('90%')! }, challengers: [{ name: 'green', share: parseShare('10%')!, env: {} }] }); // prettier-ignore
    world.status = {
      ...world.status,
      release: {
        ...world.status.release!,
        experiment: {
          ...world.status.release!.experiment!,
          before: { stable: { trials: 100, events: 0 }, 'variant:green': { trials: 5_000, events: 2_500 } },
        },
      },
    };
    looks(world, 30);
    expect(world.status.message).toMatch(/not divided as planned/);
    lookUntil(world, () => world.outcomes.length === 2);
    expect(lastOutcome(world)).toBe('completed');
  });

  it('of a revision that is undone or superseded ends as any other release does', () => {
    const world = underway(0.1);
    world.happen({ kind: 'want', revision: BETTER });
    lookUntil(world, () => world.outcomes.length === 2);
    expect(lastOutcome(world)).toBe('aborted');
  });
});

const [GREEN, RED] = [revision(GOOD), revision(BETTER)];

interface Rates {
  readonly green: number;
  readonly red: number;
}

/** Two variants beside what runs; of the users of each so many convert. */
function threeWays(rates: Rates, differences: Partial<AbStrategy> = {}, red = RED): World {
  const world = live(spec({ ...THREE, ...differences }));
  world.converts = (id) => (id === GREEN ? rates.green : id === red ? rates.red : 0.1);
  want(world, red);
  lookUntil(world, () => world.status.release?.experiment !== undefined);
  return world;
}

function want(world: World, red = RED): void {
  world.wanted = {
    revision: GREEN,
    variants: { 'variant:green': GREEN, 'variant:red': red },
    mode: 'strategy',
  };
}

const THREE: Partial<AbStrategy> = {
  control: { name: 'blue', share: parseShare('50%')! },
  challengers: [
    { name: 'green', share: parseShare('25%')!, env: {} },
    { name: 'red', share: parseShare('25%')!, env: { BUTTON: 'red' } },
  ],
};

describe('an experiment with two variants beside what runs', () => {
  it('runs each at full size, as a revision of its own, for its share of the users', () => {
    const world = threeWays({ green: 0.1, red: 0.1 });
    expect([revision(0), GREEN, RED].map((id) => world.count(id))).toEqual([3, 3, 3]);
    expect(world.served.parts.map(({ track, revision: id, weight }) => [track, id, weight / 1_000])).toEqual([
      ['stable', revision(0), 50],
      ['variant:green', GREEN, 25],
      ['variant:red', RED, 25],
    ]);
  });

  it('has what each has served beside what all of them have', () => {
    const world = threeWays({ green: 0.1, red: 0.1 });
    looks(world, 3);
    const { candidate, variants = {} } = world.ticks.at(-1)!;
    expect(Object.keys(variants)).toEqual(['variant:green', 'variant:red']);
    const [green, red] = Object.values(variants);
    expect([green?.requests, red?.requests].every((count) => (count ?? 0) > 0)).toBe(true);
    expect(countersTogether([green!, red!])).toEqual(candidate);
  });

  it('promotes the best of those that are better, and the other ends with it', () => {
    const world = threeWays({ green: 0.16, red: 0.2 }, { untilDecided: false, atMostMs: 600_000 });
    lookUntil(world, () => world.outcomes.length === 2);
    expect(world.outcomes.at(-1)).toMatchObject({ outcome: 'promoted', to: RED });
    expect(world.outcomes.at(-1)?.reason).toMatch(
      /green: more users convert: 16 %.*; red: more users convert: 20 %/,
    );
    looks(world, 30);
    expect(world.status).toMatchObject({ stable: RED, phase: 'Healthy', rejected: [GREEN] });
    expect(world.running).toEqual([RED]);
    // What is still wanted are the variants of which one has won.
    expect(world.outcomes).toHaveLength(2);
  });

  it('is over once one is better and the other is known to be no better than that', () => {
    const world = threeWays({ green: 0.2, red: 0.1 });
    lookUntil(world, () => world.outcomes.length === 2);
    expect(world.outcomes.at(-1)).toMatchObject({ outcome: 'promoted', to: GREEN });
  });

  it('keeps what runs when none is better, and is begun again with the same variants', () => {
    const world = threeWays({ green: 0.1, red: 0.08 });
    lookUntil(world, () => world.outcomes.length === 2);
    expect(lastOutcome(world)).toBe('completed');
    expect(world.outcomes.at(-1)?.reason).toMatch(/no variant is promoted: green: .*; red: /);
    looks(world, 20);
    expect(world.running).toEqual([revision(0)]);
    expect(world.status.phase).toBe('Healthy');
    world.happen(command('retry'));
    lookUntil(world, () => world.status.release?.stage === 'wait');
    expect(world.status.release?.variants).toEqual({ 'variant:green': GREEN, 'variant:red': RED });
  });

  it('promotes the one that leads when somebody says so', () => {
    const world = threeWays({ green: 0.1, red: 0.11 });
    lookUntil(world, () => world.status.release?.experiment?.judgement.leader === 'red');
    world.happen(command('promote'));
    lookUntil(world, () => world.outcomes.length === 2);
    expect(world.outcomes.at(-1)).toMatchObject({ outcome: 'promoted', to: RED });
  });

  it('asks for the one that leads', () => {
    const world = threeWays({ green: 0.1, red: 0.2 }, { whenBetter: 'ask' });
    lookUntil(world, () => world.status.phase === 'Waiting');
    expect(world.status.release?.asking).toMatch(/^red is better, .*: promote or abort\?$/);
  });

  it('is rolled back whichever of them does harm, and which that was is not known: none is tried again', () => {
    const world = threeWays({ green: 0.3, red: 0.3 }, {}, revision(ERRONEOUS));
    lookUntil(world, () => world.outcomes.length === 2);
    expect(lastOutcome(world)).toBe('rolledBack');
    expect(world.outcomes.at(-1)?.reason).toMatch(/errors/);
    expect(world.status.rejected).toEqual([GREEN, revision(ERRONEOUS)]);
  });

  it('is rolled back when one of them cannot stay up', () => {
    const world = live(spec(THREE));
    want(world, revision(CRASHING));
    lookUntil(world, () => world.outcomes.length === 2);
    expect(world.outcomes.at(-1)?.reason).toMatch(/the variant r1-3 cannot stay up/);
    expect(world.status.stable).toBe(revision(0));
    looks(world, 20);
    expect(world.outcomes).toHaveLength(2);
  });

  it('is superseded by one with another variant', () => {
    const world = threeWays({ green: 0.1, red: 0.1 });
    want(world, revision(15));
    lookUntil(world, () => world.outcomes.length === 2);
    expect(lastOutcome(world)).toBe('aborted');
  });
});
