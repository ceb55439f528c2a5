import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseShare } from '../../src/base/share.ts';
import type { Command } from '../../src/engine/steer.ts';
import type { Analysis, CanaryStep, Rollout } from '../../src/rollout/model.ts';
import { aRollout, anAnalysis, weights } from './rollouts.ts';
import { behaviourOf, World, type Happening } from './world.ts';

const analysis: fc.Arbitrary<Analysis | undefined> = fc.option(
  fc
    .record({
      undecided: fc.constantFrom('advance', 'hold', 'ask', 'rollBack'),
      noData: fc.constantFrom('hold', 'extend', 'ask'),
    })
    .map((policies) => anAnalysis(policies as Partial<Analysis>)),
  { nil: undefined },
);

const steps: fc.Arbitrary<CanaryStep[]> = fc.oneof(
  fc.constantFrom(weights('1%', '5%', '25%', '50%'), weights('10%')),
  fc.constant<CanaryStep[]>([
    { kind: 'weight', weight: parseShare('20%')! },
    { kind: 'pause', forMs: 30_000 },
    { kind: 'weight', weight: parseShare('60%')! },
    { kind: 'pause' },
    { kind: 'analyze', atLeastMs: 5_000, atMostMs: 60_000 },
  ]),
);

const rollout: fc.Arbitrary<Rollout> = fc
  .record({
    replicas: fc.integer({ min: 1, max: 5 }),
    steps,
    analysis,
    isRecreate: fc.integer({ min: 0, max: 4 }).map((n) => n === 0),
    hasTraffic: fc.integer({ min: 0, max: 5 }).map((n) => n > 0),
    capacity: fc.constantFrom('match' as const, 'fixed' as const),
    deadlineMs: fc.constantFrom(300_000, 1_800_000),
  })
  .map((choice) => {
    const base = aRollout({ deadlineMs: choice.deadlineMs }, choice.replicas);
    const { traffic: _t, analysis: _a, ...rest } = base;
    return {
      ...rest,
      ...(choice.hasTraffic ? { traffic: base.traffic! } : {}),
      ...(choice.analysis === undefined || choice.isRecreate ? {} : { analysis: choice.analysis }),
      strategy: choice.isRecreate
        ? { kind: 'recreate' as const }
        : { kind: 'canary' as const, steps: choice.steps, capacity: choice.capacity, earlyPromotion: true },
    };
  });

const afterMs = fc.constantFrom(50, 250, 1_000, 5_000);
const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 30, arbitrary: fc.record({ kind: fc.constant('look' as const), afterMs }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('crash' as const),
      afterMs,
      at: fc.constantFrom('beforeSave' as const, 'afterSave' as const, 'afterRoute' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('staleLook' as const),
      afterMs,
      looksAgo: fc.integer({ min: 1, max: 8 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('clockJump' as const),
      byMs: fc.constantFrom(-86_400_000, -5_000, 5_000, 60_000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('metrics' as const), up: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('gateway' as const),
      state: fc.constantFrom(
        'up' as const,
        'up' as const,
        'down' as const,
        'lying' as const,
        'restarted' as const,
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('workload' as const), up: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('kill' as const),
      which: fc.constantFrom('stable' as const, 'candidate' as const),
    }),
  },
  { weight: 1, arbitrary: fc.constant<Happening>({ kind: 'drift' }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('want' as const), revision: fc.integer({ min: 0, max: 9 }) }),
  },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom<Command>(
        { verb: 'promote' },
        { verb: 'promote', full: true },
        { verb: 'pause' },
        { verb: 'resume' },
        { verb: 'abort' },
        { verb: 'retry' },
        { verb: 'undo' },
      )
      .map((command): Happening => ({ kind: 'command', command })),
  },
);

/** Everything works again and somebody looks every second, for as long as a release may take. */
function settle(world: World): void {
  const repair: Happening[] = [
    { kind: 'gateway', state: 'up' },
    { kind: 'workload', up: true },
    { kind: 'metrics', up: true },
  ];
  for (const one of repair) world.happen(one);
  const until = world.elapsedMs + 2 * world.rollout.deadlineMs;
  while (world.status.release !== undefined && world.elapsedMs < until) {
    world.happen({ kind: 'look', afterMs: 1_000 });
  }
}

/** A world in which a first good version is live. */
function started(spec: Rollout): World {
  const world = new World(spec);
  world.happen({ kind: 'want', revision: 0 });
  for (let looks = 0; looks < 20; looks += 1) world.happen({ kind: 'look', afterMs: 250 });
  return world;
}

describe('the invariants, over random histories', () => {
  it('hold at every decision, and every release ends within its deadline', () => {
    fc.assert(
      fc.property(rollout, fc.array(happening, { minLength: 20, maxLength: 150 }), (spec, history) => {
        const world = started(spec);
        for (const one of history) world.happen(one);
        settle(world);
        expect(world.status.release).toBeUndefined();
        for (const ended of world.outcomes) {
          // A jump of the clock counts as time that has passed, and looks are up to a minute apart.
          expect(ended.ageMs).toBeLessThanOrEqual(spec.deadlineMs + 60_000);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('never promote a version that crashes, never becomes ready, or fails its users, unless the user says so', () => {
    const withoutSteering = happening.filter((one) => one.kind !== 'command' && one.kind !== 'clockJump');
    const judged = rollout.map((spec) => ({
      ...spec,
      analysis: anAnalysis({ noData: 'hold', undecided: 'advance' }),
      traffic: aRollout().traffic!,
      strategy: aRollout().strategy,
    }));
    fc.assert(
      fc.property(judged, fc.array(withoutSteering, { minLength: 20, maxLength: 120 }), (spec, history) => {
        const world = started(spec);
        for (const one of history) world.happen(one);
        settle(world);
        for (const { to, outcome } of world.outcomes) {
          if (outcome === 'promoted') expect(['good', 'slow']).toContain(behaviourOf(to));
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('a controller that dies', () => {
  const crashes = ['beforeSave', 'afterSave', 'afterRoute'] as const;

  function endOf(
    candidate: number,
    crashAt: (look: number) => Happening['kind'],
    at: (typeof crashes)[number],
  ): string {
    const world = started(aRollout());
    world.happen({ kind: 'want', revision: candidate });
    for (let looks = 0; looks < 2_000 && world.outcomes.length < 2; looks += 1) {
      const kind = crashAt(looks);
      world.happen(kind === 'crash' ? { kind, afterMs: 500, at } : { kind: 'look', afterMs: 500 });
    }
    // What was decided last is made so at the next undisturbed look.
    world.happen({ kind: 'look', afterMs: 500 });
    const served = JSON.stringify(world.served);
    return `${world.outcomes.at(-1)?.outcome ?? 'none'} ${world.status.stable ?? 'none'} ${served}`;
  }

  it.each(crashes)('reaches the same end when it dies %s at any one look', (at) => {
    for (const candidate of [5, 2, 3]) {
      const undisturbed = endOf(candidate, () => 'look', at);
      for (let moment = 0; moment < 30; moment += 1) {
        expect(endOf(candidate, (look) => (look === moment ? 'crash' : 'look'), at)).toBe(undisturbed);
      }
    }
  });

  it.each(crashes)('reaches the same end when it dies %s at every second look', (at) => {
    for (const candidate of [5, 2, 3, 4]) {
      const undisturbed = endOf(candidate, () => 'look', at);
      expect(endOf(candidate, (look) => (look % 2 === 0 ? 'crash' : 'look'), at)).toBe(undisturbed);
    }
  });
});

describe('no data', () => {
  it('never passes and never fails: the release holds until its deadline', () => {
    const world = started(aRollout({ deadlineMs: 1_800_000 }));
    world.happen({ kind: 'metrics', up: false });
    world.happen({ kind: 'want', revision: 2 });
    for (let looks = 0; looks < 1_000; looks += 1) world.happen({ kind: 'look', afterMs: 1_000 });
    expect(world.status.release?.step).toBe(0);
    expect(world.status.message).toContain('nothing to judge by');
    settle(world);
  });
});
