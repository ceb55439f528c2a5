import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nextWrites } from './decide.ts';
import { bounds, kills, RAMPED, running } from './testing/histories.ts';
import { ModelCluster } from './testing/model-cluster.ts';
import { NEW, OLD, Run } from './testing/run.ts';

/** Made before what runs, in the same second, or after it; its name decides where they are equally old. */
const kept = fc.record({
  size: fc.nat(2),
  laterBy: fc.integer({ min: -1, max: 1 }),
  name: fc.constantFrom('a-kept', 'z-kept'),
});

const givenUp = fc.record({ limits: bounds, one: kept, looks: fc.nat(30), kill: kills });

describe('a version that was kept, and comes back', () => {
  test.each([
    ['by a ramp', RAMPED],
    ['by a canary of replicas', { canary: { replicas: [1, '50%'] } }],
  ])('%s takes over, however old it is, and never too few serve, or too many run', (_, strategy) => {
    fc.assert(
      fc.property(bounds, kept, kills, (limits, one, kill) => {
        const run = new Run(strategy, limits);
        const { cluster } = run;
        cluster.keeps(NEW, one);
        run.push(NEW);
        for (const done of kill) run.look(done);
        run.settle();
        expect(run.status).toMatchObject({ stable: NEW, lastOutcome: { outcome: 'promoted' } });
        expect(running(cluster)).toEqual([[NEW, 'deployment', limits.replicas]]);
        const least = limits.replicas - (limits.surge > 0 ? 0 : Math.max(1, limits.unavailable));
        expect(run.leastReady).toBeGreaterThanOrEqual(least);
        // What the strategy adds by itself, and what its controller adds until it has answered.
        const surge = Math.max(limits.surge, Math.ceil(limits.replicas / 4), one.size);
        const most = limits.replicas + surge + 1;
        expect(run.mostPods).toBeLessThanOrEqual(most);
      }),
    );
  });

  test('and is given up on the way leaves all of stable', () => {
    fc.assert(
      fc.property(givenUp, ({ limits, one, looks, kill }) => {
        const run = new Run(RAMPED, limits);
        const { cluster } = run;
        cluster.keeps(NEW, one);
        run.push(NEW);
        for (let i = 0; i < looks; i++) run.look();
        if (run.status.stable === NEW) return;
        run.wanted = OLD;
        for (const done of kill) run.look(done);
        run.settle();
        expect(running(cluster)).toEqual([[run.status.stable ?? OLD, 'deployment', limits.replicas]]);
      }),
    );
  });
});

test('what stands still in the Deployment, because it is the older, is made the younger beside it, and goes on', () => {
  const cluster = new ModelCluster({ replicas: 4, surge: 1, unavailable: 0 }, OLD);
  cluster.keeps(NEW, { size: 2, laterBy: -1, name: 'kept' });
  cluster.template = NEW;
  cluster.paused = true;
  const kept = cluster.of(NEW);
  if (kept !== undefined) cluster.write({ kind: 'handIn', set: kept });
  cluster.podsGetReady();
  expect(running(cluster)).toEqual([
    [OLD, 'deployment', 3],
    [NEW, 'deployment', 2],
  ]);
  const joining = { key: { revision: NEW }, size: 3, then: 3 };
  let leastReady = 5;
  for (let look = 0; look < 40; look++) {
    const wishes = { inside: OLD, needed: 1, joining, beside: [] };
    for (const write of nextWrites(cluster.world(), wishes, 'always')) cluster.write(write);
    leastReady = Math.min(leastReady, cluster.ready());
    cluster.podsGetReady();
  }
  expect(running(cluster)).toEqual([
    [OLD, 'deployment', 2],
    [NEW, 'deployment', 3],
  ]);
  expect(leastReady).toBeGreaterThanOrEqual(4);
});
