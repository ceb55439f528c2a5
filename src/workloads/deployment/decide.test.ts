import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { advance } from '../../engine/advance.ts';
import { NEW_STATUS, type Status } from '../../engine/status.ts';
import type { Rollout, RevisionId } from '../../rollout/model.ts';
import { resolveRollout } from '../../rollout/resolve/rollout.ts';
import type { JsonObject } from '../../base/json.ts';
import { nextWrites } from './decide.ts';
import { ModelCluster } from './testing/model-cluster.ts';
import type { Bounds } from './settling.ts';
import { wishesOf } from './wishes.ts';
import type { PodSet } from './world.ts';

const OLD = 'r1-old' as RevisionId;
const NEW = 'r1-new' as RevisionId;

function aRollout(strategy: JsonObject, replicas: number, hold = 'webhook'): Rollout {
  const spec = { workload: { deployment: { name: 'web', hold } }, strategy };
  const rollout = resolveRollout({ metadata: { name: 'web' }, spec }, 'operator');
  return { ...rollout, workload: { ...rollout.workload, replicas } };
}

/** One Rollout over a model of a cluster: the real engine, and the real decisions. */
class Run {
  status: Status = { ...NEW_STATUS, stable: OLD };
  readonly cluster: ModelCluster;
  readonly rollout: Rollout;
  wanted: RevisionId = OLD;
  leastReady = Infinity;
  mostPods = 0;
  #now = 0;

  constructor(strategy: JsonObject, bounds: Bounds, hold?: 'always') {
    this.rollout = aRollout(strategy, bounds.replicas, hold);
    this.cluster = new ModelCluster(bounds, OLD);
  }

  push(revision: RevisionId): void {
    this.wanted = revision;
    this.cluster.template = revision;
    // What the webhook does in the same write.
    this.cluster.paused = true;
  }

  /** One look, of which only the first writes are done: it is killed then. */
  look(writesDone = Infinity): number {
    const { cluster, rollout } = this;
    this.#now += 20_000;
    const seen = { wanted: { revision: this.wanted, mode: 'strategy' as const }, groups: cluster.groups() };
    const decision = advance(rollout, this.status, seen, this.#now);
    this.status = decision.status;
    const wishes = wishesOf(decision.desired.groups, {
      full: rollout.workload.replicas,
      replicas: cluster.bounds.replicas,
    });
    const writes = wishes === undefined ? [] : nextWrites(cluster.world(), wishes, holdOf(rollout));
    for (const write of writes.slice(0, writesDone)) {
      cluster.write(write);
      this.#measure();
    }
    cluster.podsGetReady();
    this.#measure();
    return writes.length;
  }

  /** Until nothing is left to be done. */
  settle(): void {
    let quiet = 0;
    for (let i = 0; i < 400 && quiet < 4; i++) {
      const writes = this.look();
      quiet = writes === 0 && this.status.release === undefined ? quiet + 1 : 0;
    }
  }

  #measure(): void {
    this.leastReady = Math.min(this.leastReady, this.cluster.ready());
    this.mostPods = Math.max(this.mostPods, this.cluster.size());
  }
}

function holdOf({ workload }: Rollout): 'webhook' | 'always' {
  return workload.kind === 'deployment' ? workload.hold : 'webhook';
}

const RAMPED = { ramped: {} };
const bounds = fc
  .record({
    replicas: fc.integer({ min: 1, max: 12 }),
    surge: fc.integer({ min: 0, max: 4 }),
    unavailable: fc.integer({ min: 0, max: 3 }),
  })
  .map((one) => (one.surge + one.unavailable === 0 ? { ...one, unavailable: 1 } : one));
const kills = fc.array(fc.constantFrom(0, 1, 2, Infinity), { maxLength: 30 });

function running({ sets }: ModelCluster) {
  return sets.filter(({ size }) => size > 0).map(({ key, owner, size }) => [key?.revision, owner, size]);
}

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
  });

  test.each([
    ['nobody wants', OLD, RAMPED],
    ['a ramp wants', NEW, RAMPED],
    ['a canary wants', NEW, { canary: { replicas: [1, '50%'] } }],
  ])('gives way, where %s it, no faster than what is trusted is back', (_, wanted, strategy) => {
    fc.assert(
      fc.property(begun, kills, ({ trusted, unjudged, ...limits }, kill) => {
        const run = new Run(strategy, limits);
        const { cluster } = run;
        const { replicas, surge, unavailable } = limits;
        run.wanted = wanted;
        cluster.template = NEW;
        cluster.controllerActs();
        cluster.rolled(Math.min(trusted, replicas), Math.min(unjudged, replicas + surge));
        run.leastReady = cluster.ready();
        const least = Math.min(run.leastReady, replicas - unavailable);
        for (const done of kill) run.look(done);
        run.settle();
        expect(run.leastReady).toBeGreaterThanOrEqual(least);
        expect(running(cluster)).toEqual([[wanted, 'deployment', replicas]]);
      }),
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
    const world = { replicas: 4, surge: 1, unavailable: 1, template: NEW, paused: true, isObserved: true };
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
