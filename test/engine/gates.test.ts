import { describe, expect, it } from 'vitest';
import type { Failure } from '../../src/base/failure.ts';
import { vote, type Vote } from '../../src/engine/gates/approve.ts';
import type { Voter } from '../../src/engine/gates/approval.ts';
import type { Gate } from '../../src/rollout/model-outside.ts';
import type { CanaryStep, Rollout, Strategy } from '../../src/rollout/model.ts';
import { aRollout, aWorker, weights } from './rollouts.ts';
import { command, ERRONEOUS, GOOD, lastOutcome, live, looks, lookUntil } from './scenes.ts';
import { revision, World } from './world.ts';

const sre = (more: Partial<Gate> = {}): Gate =>
  ({
    name: 'sre',
    at: 'switch',
    kind: 'approval',
    by: ['ana', 'group:ops'],
    count: 1,
    otherwise: 'abort',
    ...more,
  }) as Gate;

const withGates = (...gates: readonly Gate[]): Rollout => aRollout({ gates });

/** A release of a version, at its gate. */
function atGate(spec: Rollout, candidate = GOOD): World {
  const world = live(spec);
  world.happen({ kind: 'want', revision: candidate });
  lookUntil(world, () => world.status.phase === 'Waiting');
  return world;
}

const holder = (name: string, groups: readonly string[]): Voter => ({
  author: { kind: 'token', name },
  groups,
});
const ANA = holder('ana', []);

const says = (world: World, said: Partial<Vote> = {}): void => {
  world.vote({ voter: ANA, reject: false, at: world.now, ...said });
};

describe('a release at an approval', () => {
  it('waits, with what is waited for and what to run, and goes on once somebody has said yes', () => {
    const world = atGate(withGates(sre()));
    expect(world.status.message).toBe('gate sre waits for one of ana, group:ops: coalmine approve shop sre');
    looks(world, 100, 5_000);
    expect(world.status.phase).toBe('Waiting');
    says(world);
    lookUntil(world, () => world.outcomes.length === 2);
    expect(lastOutcome(world)).toBe('promoted');
    expect(world.told('Approved')).toEqual(['ana approved the gate sre']);
    expect(world.told('GatePassed')).toEqual(['gate sre: approved by ana']);
    expect(world.told('Waiting')).toHaveLength(1);
  });

  it('goes on being served and judged as in the step before, and goes back when it does harm', () => {
    const [half] = weights('50%');
    const steps: CanaryStep[] = [half!, { kind: 'pause', forMs: 1 }];
    const strategy: Strategy = { kind: 'canary', steps, capacity: 'match', earlyPromotion: true };
    const world = atGate(aRollout({ gates: [sre()], strategy }), ERRONEOUS);
    lookUntil(world, () => world.outcomes.length === 2);
    expect(lastOutcome(world)).toBe('rolledBack');
    expect(world.outcomes.at(-1)?.reason).toMatch(/errors/);
  });

  it('is aborted when nobody says yes in time, with the time of pauses left out', () => {
    const world = atGate(withGates(sre({ withinMs: 60_000 })));
    world.happen(command('pause'));
    looks(world, 100);
    expect(world.status.phase).toBe('Paused');
    world.happen(command('resume'));
    looks(world, 30);
    expect(world.status.message).toMatch(/left, then the release is aborted$/);
    looks(world, 60);
    expect(lastOutcome(world)).toBe('aborted');
    expect(world.outcomes.at(-1)?.reason).toContain('within 60s');
    expect(world.status.rejected).toEqual([revision(GOOD)]);
  });

  it.each([
    ['advance', 'promoted'],
    ['hold', 'rolledBack'],
  ] as const)('that is not given in time, otherwise %s, ends %s', (otherwise, outcome) => {
    const gates = [sre({ withinMs: 30_000, otherwise })];
    const world = atGate(aRollout({ gates, deadlineMs: 900_000 }));
    looks(world, 1_000);
    expect(lastOutcome(world)).toBe(outcome);
    if (outcome === 'rolledBack') expect(world.outcomes.at(-1)?.reason).toContain('deadline');
  });

  it('needs as many different people as it says, each once', () => {
    const world = atGate(withGates(sre({ count: 2 })));
    says(world);
    says(world);
    looks(world, 20);
    expect(world.status.message).toContain('waits for one of');
    says(world, { voter: holder('eve', ['ops']) });
    lookUntil(world, () => world.outcomes.length === 2);
    expect(world.told('GatePassed')).toEqual(['gate sre: approved by ana, eve']);
    expect(world.told('Approved')).toHaveLength(2);
  });

  it('hears nobody who has no say, and nobody at another place', () => {
    const spec = withGates(sre());
    const world = atGate(spec);
    const code = (said: Partial<Vote>): string => {
      try {
        vote(spec, world.status, { voter: ANA, reject: false, at: 1, ...said });
        return 'heard';
      } catch (cause) {
        return (cause as Failure).code;
      }
    };
    expect(code({ voter: holder('eve', ['dev']) })).toBe('notPermitted');
    expect(code({ voter: holder('ops', []) })).toBe('notPermitted');
    expect(code({ gate: 'other' })).toBe('notFound');
    expect(code({})).toBe('heard');
    says(world);
    lookUntil(world, () => world.status.release?.held === undefined);
    expect(code({ gate: 'sre' })).toBe('heard');
    expect(code({ voter: holder('eve', ['ops']) })).toBe('conflict');
  });

  it('goes back at once when somebody says no', () => {
    const world = atGate(withGates(sre()));
    says(world, { reject: true, comment: 'not on a Friday' });
    looks(world, 5);
    expect(lastOutcome(world)).toBe('aborted');
    expect(world.outcomes.at(-1)?.reason).toBe('ana rejected it at the gate sre: not on a Friday');
  });

  it.each(['abort', 'want the stable version again'])('goes back at once on: %s', (what) => {
    const world = atGate(withGates(sre()));
    if (what === 'abort') world.happen(command('abort'));
    if (what.startsWith('want')) world.happen({ kind: 'want', revision: 0 });
    looks(world, 10);
    expect(world.outcomes).toHaveLength(2);
  });

  it('is not promoted past the gate, and goes on when the gate is no longer declared', () => {
    const world = atGate(withGates(sre()));
    const before = world.status;
    world.happen(command('promote'));
    world.happen(command('promote', { full: true }));
    expect(world.status).toBe(before);
    world.rollout = aRollout();
    lookUntil(world, () => world.outcomes.length === 2);
    expect(world.told('GatePassed')).toEqual(['gate sre: it is no longer declared']);
  });
});

describe('a user who promotes fully', () => {
  it('passes every wait over, and no gate', () => {
    const world = live(withGates(sre({ at: 'promote' })));
    world.happen({ kind: 'want', revision: GOOD });
    lookUntil(world, () => world.status.release?.stage === 'wait');
    world.happen(command('promote', { full: true }));
    lookUntil(world, () => world.status.phase === 'Waiting');
    says(world);
    lookUntil(world, () => world.outcomes.length === 2);
    expect(lastOutcome(world)).toBe('promoted');
  });
});

describe('a gate of the start', () => {
  it.each([
    ['canary', aRollout({ gates: [sre({ at: 'start' })] })],
    ['recreate', aRollout({ gates: [sre({ at: 'start' })], strategy: { kind: 'recreate' } })],
    [
      'workers',
      aWorker({
        gates: [sre({ at: 'start' })],
        strategy: {
          kind: 'ramped',
          maxSurge: { count: 1 },
          maxUnavailable: { count: 0 },
          analyze: { atLeastMs: 0, atMostMs: 1 },
        },
      }),
    ],
  ])('holds a %s before anything is started or stopped, also on the way back', (_, spec) => {
    const world = new World(spec);
    world.happen({ kind: 'want', revision: 0 });
    lookUntil(world, () => world.status.phase === 'Waiting');
    expect(world.running).toEqual([]);
    says(world);
    lookUntil(world, () => world.outcomes.length === 1);
    world.happen({ kind: 'want', revision: GOOD });
    looks(world, 20);
    expect(world.status.phase).toBe('Waiting');
    expect(world.running).toEqual([revision(0)]);
    world.happen(command('abort'));
    lookUntil(world, () => {
      expect(world.running).toEqual([revision(0)]);
      return world.outcomes.length === 2;
    });
  });

  it('does not hold an undo', () => {
    const world = live(aRollout());
    world.happen({ kind: 'want', revision: GOOD });
    lookUntil(world, () => world.outcomes.length === 2);
    world.rollout = withGates(sre({ at: 'start' }));
    world.happen(command('undo'));
    lookUntil(world, () => world.outcomes.length === 3);
    expect(world.status.stable).toBe(revision(0));
  });
});

describe('a first release', () => {
  it('waits at no gate that guards the version that serves', () => {
    const world = live(withGates(sre({ at: 'switch' }), sre({ name: 'each', at: 'step' })));
    expect(world.told('GatePassed')).toEqual([]);
  });
});

describe('a gate that a step names', () => {
  it('is met there, after the traffic has moved, and again at each place that names it', () => {
    const step = { kind: 'gate', name: 'sre' } as const;
    const [five, judged, half] = weights('5%', '50%');
    const steps = [five!, step, judged!, half!, step];
    const { at: _, ...gate } = sre();
    const world = atGate(
      aRollout({
        gates: [gate],
        strategy: { kind: 'canary', steps, capacity: 'match', earlyPromotion: true },
      }),
    );
    expect(world.served.parts.map(({ weight }) => weight)).toContain(5_000);
    says(world);
    lookUntil(world, () => world.status.release?.held === undefined);
    lookUntil(world, () => world.status.phase === 'Waiting');
    expect(world.served.parts.map(({ weight }) => weight)).toContain(50_000);
    says(world);
    lookUntil(world, () => world.outcomes.length === 2);
    expect(world.told('GatePassed')).toHaveLength(2);
  });
});

describe('windows and freezes', () => {
  it('open by themselves when it is time', () => {
    const world = live();
    const freeze: Gate = { name: 'freeze', at: 'start', kind: 'freeze', fromMs: 0, toMs: world.now + 60_000 };
    world.rollout = withGates(freeze);
    world.happen({ kind: 'want', revision: GOOD });
    looks(world, 2, 1_000);
    expect(world.status.phase).toBe('Waiting');
    expect(world.status.message).toBe('gate freeze frozen for another 58s');
    looks(world, 60, 1_000);
    expect(world.status.phase).toBe('Progressing');
  });
});
