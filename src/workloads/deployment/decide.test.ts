import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nextWrites } from './decide.ts';
import { bounds, kills, RAMPED, running } from './testing/histories.ts';
import { ModelCluster } from './testing/model-cluster.ts';
import { NEW, OLD, Run } from './testing/run.ts';
import type { PodSet } from './world.ts';

describe('a release, killed at any write', () => {
  test.each([
    ['ramped', RAMPED],
    ['a canary by replicas', { canary: { replicas: [1, '50%'] } }],
  ])(
    '%s ends with the new version in the Deployment, each pod started once, and never too few',
    (_, strategy) => {
      fc.assert(
        fc.property(bounds, kills, (limits, kill) => {
          const run = new Run(strategy, limits);
          run.push(NEW);
          for (const done of kill) run.look(done);
          run.settle();
          const { cluster } = run;
          expect(run.status).toMatchObject({ stable: NEW, lastOutcome: { outcome: 'promoted' } });
          expect(running(cluster)).toEqual([[NEW, 'deployment', limits.replicas]]);
          expect(cluster.paused).toBe(false);
          expect(cluster.started.get(NEW)).toBe(limits.replicas);
          const least = limits.replicas - (limits.surge > 0 ? 0 : Math.max(1, limits.unavailable));
          expect(run.leastReady).toBeGreaterThanOrEqual(least);
        }),
      );
    },
  );
});

describe('a new version that fails', () => {
  test('leaves stable as it was, and nothing of itself, however far it came', () => {
    fc.assert(
      fc.property(bounds, fc.nat(30), kills, (limits, looks, kill) => {
        const run = new Run(RAMPED, limits);
        const { cluster } = run;
        run.push(NEW);
        for (let i = 0; i < looks; i++) run.look();
        if (run.status.stable === NEW) return;
        run.wanted = OLD;
        for (const done of kill) run.look(done);
        run.settle();
        const stable = run.status.stable ?? OLD;
        expect(running(cluster)).toEqual([[stable, 'deployment', limits.replicas]]);
        // Its template is still in the Deployment, which must not bring it up by itself.
        expect(cluster.paused).toBe(stable !== NEW);
      }),
    );
  });

  test('does not come up when the Deployment is scaled to zero and back', () => {
    const run = new Run(RAMPED, { replicas: 3, surge: 1, unavailable: 0 });
    const { cluster } = run;
    run.push(NEW);
    cluster.broken.add(NEW);
    run.look();
    run.wanted = OLD;
    run.settle();
    for (const replicas of [0, 3]) {
      cluster.bounds = { ...cluster.bounds, replicas };
      cluster.controllerActs();
      run.settle();
    }
    expect(running(cluster)).toEqual([[OLD, 'deployment', 3]]);
  });
});

describe('a stable version that stops serving', () => {
  const failing = fc.record({ limits: bounds, looks: fc.nat(12), left: fc.nat(12), kill: kills });

  test.each([
    ['a ramp', RAMPED],
    ['a canary by replicas', { canary: { replicas: [1, '50%'] } }],
  ])('does not hold up %s: what takes over may be its cure', (_, strategy) => {
    fc.assert(
      fc.property(failing, ({ limits, looks, left, kill }) => {
        const run = new Run(strategy, limits);
        const { cluster } = run;
        run.push(NEW);
        for (let i = 0; i < looks; i++) run.look();
        cluster.fails(OLD, left);
        run.leastReady = cluster.ready();
        const least = Math.min(run.leastReady, limits.replicas - Math.max(1, limits.unavailable));
        for (const done of kill) run.look(done);
        run.settle();
        expect(run.status).toMatchObject({ stable: NEW, lastOutcome: { outcome: 'promoted' } });
        expect(running(cluster)).toEqual([[NEW, 'deployment', limits.replicas]]);
        expect(run.leastReady).toBeGreaterThanOrEqual(least);
      }),
    );
  });
});

test('what has taken over completely gives pods back only for those of stable that are ready', () => {
  const cluster = new ModelCluster({ replicas: 4, surge: 1, unavailable: 0 }, OLD);
  cluster.template = NEW;
  let leastReady = 4;
  const steer = (size: number, needed: number): void => {
    const joining = { key: { revision: NEW }, size, then: size };
    for (let look = 0; look < 40; look++) {
      for (const write of nextWrites(
        cluster.world(),
        { inside: OLD, needed, joining, beside: [] },
        'always',
      )) {
        cluster.write(write);
        leastReady = Math.min(leastReady, cluster.ready());
      }
      cluster.podsGetReady();
    }
  };
  steer(4, 1);
  expect(running(cluster)).toEqual([
    [OLD, 'rollout', 1],
    [NEW, 'deployment', 4],
  ]);
  steer(2, 2);
  expect(running(cluster)).toEqual([
    [OLD, 'deployment', 3],
    [NEW, 'deployment', 2],
  ]);
  expect(leastReady).toBe(4);
});

test('a version that was started by itself, because nobody held it, is taken out, and stable gets its replicas back', () => {
  const run = new Run(RAMPED, { replicas: 4, surge: 1, unavailable: 0 });
  const { cluster } = run;
  run.cluster.template = NEW;
  cluster.controllerActs();
  expect(cluster.of(NEW)?.size).toBe(1);
  run.settle();
  expect(cluster.paused).toBe(true);
  expect(running(cluster)).toEqual([[OLD, 'deployment', 4]]);
});

describe('what Kubernetes began to roll by itself, because somebody unpaused the Deployment', () => {
  /** How far it came: pods of both versions, ready or not, as its controller leaves them. */
  const begun = fc.record({
    replicas: fc.integer({ min: 1, max: 12 }),
    surge: fc.integer({ min: 1, max: 4 }),
    unavailable: fc.integer({ min: 0, max: 3 }),
    trusted: fc.nat(12),
    unjudged: fc.nat(16),
    // It is one of before that is rolled to, or a new one.
    laterBy: fc.constantFrom(-1, 0, 1),
  });

  test.each([
    ['nobody wants', OLD, RAMPED],
    ['a ramp wants', NEW, RAMPED],
    ['a canary wants', NEW, { canary: { replicas: [1, '50%'] } }],
  ])('gives way, where %s it, no faster than what is trusted is back', (_, wanted, strategy) => {
    fc.assert(
      fc.property(begun, kills, ({ trusted, unjudged, laterBy, ...limits }, kill) => {
        const run = new Run(strategy, limits);
        const { cluster } = run;
        const { replicas, surge, unavailable } = limits;
        run.wanted = wanted;
        cluster.template = NEW;
        cluster.controllerActs();
        cluster.rolled(Math.min(trusted, replicas), {
          laterBy,
          serving: Math.min(unjudged, replicas + surge),
        });
        run.leastReady = cluster.ready();
        const least = Math.min(run.leastReady, replicas - unavailable);
        for (const done of kill) run.look(done);
        run.settle();
        expect(run.leastReady).toBeGreaterThanOrEqual(least);
        expect(running(cluster)).toEqual([[wanted, 'deployment', replicas]]);
      }),
      {
        examples: [
          [{ replicas: 5, surge: 1, unavailable: 0, trusted: 0, unjudged: 5, laterBy: 1 }, [Infinity, 1, 0]],
        ],
      },
    );
  });

  const aSet = { isSettled: true, isObserved: true, isLeaving: false, isPinned: false, canBePinned: false };
  const main: PodSet = {
    ...aSet,
    name: 'main',
    owner: 'deployment',
    key: { revision: OLD },
    isOurs: true,
    isMade: false,
    createdAt: 1,
    size: 4,
    ready: 4,
    available: 4,
  };
  const beside: PodSet = {
    ...main,
    name: 'beside',
    owner: 'rollout',
    key: { revision: NEW },
    createdAt: 2,
    ready: 4,
  };
  const left = (trusted: Partial<PodSet>, other: Partial<PodSet> = {}): unknown => {
    const bounds = { replicas: 4, surge: 1, unavailable: 1 };
    const world = {
      ...bounds,
      template: NEW,
      paused: true,
      isObserved: true,
      awaitsClaim: false,
      reissues: [],
    };
    const sets = [
      { ...main, ...trusted },
      { ...beside, ...other },
    ];
    const wishes = { inside: OLD, needed: 4, beside: [] };
    const last = nextWrites({ ...world, sets }, wishes, 'webhook').at(-1);
    return last?.kind === 'resize' ? last.size : (last?.kind ?? 'kept');
  };

  test.each<[string, [Partial<PodSet>, Partial<PodSet>?], unknown]>([
    ['all of what is trusted serves', [{}], 'delete'],
    ['as much as may be missing is missing', [{ available: 3 }], 'delete'],
    ['more is missing', [{ available: 1 }], 2],
    ['more is missing than there is', [{ available: 0 }, { size: 2, ready: 2 }], 'kept'],
    ['its own do not serve', [{ available: 0 }, { ready: 0 }], 'delete'],
    ['those of the trusted that still serve are going', [{ size: 1, available: 4 }], 2],
    ['what is said of the trusted is of before', [{ isObserved: false, isSettled: false }], 3],
    [
      'it was made beside it, and what is trusted can answer for it',
      [{ available: 2 }, { isMade: true, size: 2, ready: 2 }],
      'delete',
    ],
  ])('goes at once, or shrinks to what is missing, where %s', (_, sets, expected) => {
    expect(left(...sets)).toEqual(expected);
  });
});

test('what is trusted is made anew when its ReplicaSet was deleted by hand', () => {
  const run = new Run(RAMPED, { replicas: 4, surge: 1, unavailable: 0 }, 'always');
  run.look();
  run.cluster.template = NEW;
  run.cluster.sets.splice(0);
  run.settle();
  expect(running(run.cluster)).toEqual([[OLD, 'deployment', 4]]);
});
