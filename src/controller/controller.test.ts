import { afterEach, describe, expect, it, vi } from 'vitest';
import { Failure } from '../base/failure.ts';
import type { DesiredGroup } from '../engine/decision.ts';
import type { Route } from '../engine/observation.ts';
import { NEW_STATUS } from '../engine/status.ts';
import type { RevisionId } from '../rollout/model.ts';
import { aRollout } from '../../test/engine/rollouts.ts';
import { Controller, type ControllerOptions } from './controller.ts';
import type { Ports, RolloutRecord, Store } from './ports.ts';

const V1 = 'r1-one' as RevisionId;

/** A store in memory with compare-and-set, and a world that does as it is told; both write down what they did. */
class Surroundings {
  readonly did: string[] = [];
  readonly troubles: string[] = [];
  record: RolloutRecord | undefined;
  route: Route = { parts: [] };
  groups: readonly DesiredGroup[] = [];
  beforeSave: () => void = () => undefined;
  isWorkloadDown = false;

  readonly store: Store = {
    list: () => Promise.resolve(this.record === undefined ? [] : [this.record]),
    get: () => Promise.resolve(this.record),
    save: (record) => {
      this.beforeSave();
      if (record.version !== (this.record?.version ?? 0)) {
        return Promise.reject(new Failure('conflict', 'somebody else saved'));
      }
      this.record = { ...record, version: record.version + 1 };
      this.did.push(`save ${record.status.release?.stage ?? 'rest'}`);
      return Promise.resolve(this.record);
    },
    remove: () => {
      this.record = undefined;
      this.did.push('remove');
      return Promise.resolve();
    },
  };

  readonly #ports: Ports = {
    workload: {
      observe: () => {
        if (this.isWorkloadDown) return Promise.reject(new Error('no answer'));
        const ready = this.groups.map(({ revision, replicas }) => ({
          revision,
          running: replicas,
          ready: replicas,
        }));
        return Promise.resolve(ready);
      },
      apply: (groups) => {
        if (JSON.stringify(groups) !== JSON.stringify(this.groups)) this.did.push(`apply ${groups.length}`);
        this.groups = groups;
        return Promise.resolve();
      },
    },
    router: {
      can: { name: 'test', granularity: 1, sticky: false, mirror: false, matches: false, experiments: false },
      read: () => Promise.resolve({ route: this.route }),
      write: (route) => {
        this.did.push('write');
        this.route = route;
        return Promise.resolve();
      },
    },
    forgetRoute: () => {
      this.did.push('forget');
      this.route = { parts: [] };
      return Promise.resolve(undefined);
    },
  };

  looks = 0;
  readonly controller: Controller;

  constructor(more: Partial<ControllerOptions> = {}) {
    this.controller = new Controller({
      store: this.store,
      portsOf: () => this.#ports,
      now: Date.now,
      onTrouble: (_, what) => this.troubles.push(what),
      onLook: () => {
        this.looks += 1;
      },
      ...more,
    });
  }

  declare(): void {
    this.record = {
      rollout: aRollout(),
      document: '{}',
      generation: 1,
      wanted: { revision: V1, mode: 'strategy' },
      status: NEW_STATUS,
      deleting: false,
      version: 1,
    };
  }

  async until(holds: () => boolean): Promise<void> {
    await expect.poll(holds, { timeout: 10_000 }).toBe(true);
  }
}

/** In steps, so that looks come to their end in between. */
async function aMinutePasses(): Promise<void> {
  for (let ms = 0; ms < 60_000; ms += 100) await vi.advanceTimersByTimeAsync(100);
}

describe('the loop', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('saves before anything takes effect, and goes on until all is as it should be', async () => {
    const around = new Surroundings();
    around.declare();
    await around.controller.start();
    await around.until(() => around.record?.status.phase === 'Healthy');
    await around.controller.stop();
    expect(around.did.slice(0, 4)).toEqual(['save grow', 'apply 1', 'save route', 'write']);
    expect(around.route.parts).toMatchObject([{ track: 'stable', revision: V1 }]);
    expect(around.troubles).toEqual([]);
  });

  it('answers a look only when it is over', async () => {
    const around = new Surroundings();
    around.declare();
    await around.controller.look('shop');
    expect(around.record?.status.release?.to).toBe(V1);
    await around.controller.stop();
  });

  it('computes a change anew when a look saved in between', async () => {
    const around = new Surroundings();
    around.declare();
    let isFirst = true;
    around.beforeSave = () => {
      if (isFirst && around.record !== undefined) around.record = { ...around.record, version: 7 };
      isFirst = false;
    };
    const saved = await around.controller.change('shop', (record) => ({
      record: { ...record, generation: 2 },
    }));
    expect(saved).toMatchObject({ generation: 2, version: 8 });
    await around.controller.stop();
  });

  it('goes on without what does not answer, and says so', async () => {
    const around = new Surroundings();
    around.declare();
    around.isWorkloadDown = true;
    await around.controller.look('shop');
    expect(around.troubles).toContain('the workload cannot be observed');
    around.isWorkloadDown = false;
    await around.until(() => around.record?.status.phase === 'Healthy');
    await around.controller.stop();
  });

  it('winds a Rollout down: its route, its processes, its record', async () => {
    const around = new Surroundings();
    around.declare();
    await around.controller.start();
    await around.until(() => around.record?.status.phase === 'Healthy');
    await around.controller.change('shop', (record) => ({ record: { ...record, deleting: true } }));
    await around.until(() => around.record === undefined);
    await around.controller.stop();
    expect(around.groups).toEqual([]);
    expect(around.did.at(-1)).toBe('remove');
    expect(around.did.indexOf('forget')).toBeLessThan(around.did.lastIndexOf('apply 0'));
  });

  it('leaves alone what is at rest where it is told of every change, but not what has gone wrong', async () => {
    vi.useFakeTimers();
    const around = new Surroundings({ restMs: 3_600_000 });
    around.declare();
    around.controller.poke('shop');
    await aMinutePasses();
    expect(around.record?.status.phase).toBe('Healthy');
    const before = around.looks;
    await aMinutePasses();
    expect(around.looks).toBe(before);
    around.isWorkloadDown = true;
    around.controller.poke('shop');
    await aMinutePasses();
    expect(around.looks).toBeGreaterThan(before + 5);
    await around.controller.stop();
  });

  it('asks a store that does not answer less and less often, and again at once when something happens', async () => {
    vi.useFakeTimers();
    let asked = 0;
    const around = new Surroundings();
    around.declare();
    const store: Store = {
      ...around.store,
      get: () => {
        asked += 1;
        return Promise.reject(new Error('no answer'));
      },
    };
    const controller = new Controller({
      store,
      portsOf: () => {
        throw new RangeError('nothing was found to look at');
      },
      now: Date.now,
      onTrouble: () => undefined,
    });
    controller.poke('shop');
    await aMinutePasses();
    expect(asked).toBeGreaterThanOrEqual(12);
    expect(asked).toBeLessThanOrEqual(30);
    const before = asked;
    controller.poke('shop');
    await vi.advanceTimersByTimeAsync(100);
    expect(asked).toBe(before + 1);
    await controller.stop();
  });

  it('does not look any more once it is stopped, and keeps nobody waiting', async () => {
    const around = new Surroundings();
    around.declare();
    await around.controller.stop();
    await around.controller.look('shop');
    expect(around.did).toEqual([]);
  });
});
