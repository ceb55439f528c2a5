import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startLoad, type Load } from '../../src/cli/demo/load.ts';
import { Site, until, type EndedRelease } from './site.ts';

interface GroupRow {
  readonly track: string;
  readonly revision: string;
  readonly running: number;
  readonly ready: number;
  readonly instances: readonly { readonly pid: number }[];
}

/** The differences from the site's usual Rollout. */
type Differences = Readonly<Record<string, string>>;

let site: Site;
let load: Load | undefined;

beforeEach(async () => {
  site = await Site.create();
});

afterEach(async () => {
  await load?.stop();
  load = undefined;
  await site.destroy();
});

/** A site whose first version is live, and under load where there is traffic. */
async function live(differences: Differences): Promise<void> {
  await site.declare({ version: 'v1' }, differences);
  await site.up();
  await site.ok('apply', '--wait', '--timeout', '30s');
  if (differences['traffic'] !== '') load = startLoad(await site.address(), 100);
}

function groups(): Promise<readonly GroupRow[]> {
  return site.api<{ groups: readonly GroupRow[] }>('rollouts/shop').then((view) => view.groups);
}

async function pidsOfAll(): Promise<number[]> {
  return (await groups()).flatMap(({ instances }) => instances.map(({ pid }) => pid));
}

function workload(replicas: number): string {
  return `{ process: { from: ./artefact-v1, command: [node, server.mjs], replicas: ${replicas}, ready: { http: /healthz, within: 5s }, stop: { drain: 2s } } }`;
}

/** Requests that failed for users of any version but these. */
function failuresOutside(...versions: readonly string[]): number {
  const others = [...(load?.seen ?? [])].filter(([version]) => !versions.includes(version));
  return others.reduce((sum, [, seen]) => sum + seen.errors, 0);
}

describe('a blue/green release', () => {
  const differences = {
    strategy: '{ blueGreen: { bake: 3s, keepStable: 10m } }',
    analysis:
      '{ warmUp: 0s, checks: [{ name: errors, errors: {}, max: 10%, every: 1s, failures: { limit: 0 } }] }',
  };

  it('is promoted, undone without a process being started, and no request fails', async () => {
    await live(differences);
    expect((await site.release({ version: 'v2' })).outcome).toBe('promoted');
    const pids = await pidsOfAll();
    expect((await groups()).map(({ ready, running }) => [ready, running])).toEqual([
      [2, 2],
      [2, 2],
    ]);
    await site.ok('undo', 'shop');
    await until('the first version has everything again', async () => {
      const { phase, stable } = await site.api<{ phase: string; stable: string }>('rollouts/shop');
      return phase === 'Healthy' && (await groups()).length === 1 && stable === (await groups())[0]?.revision;
    });
    expect(pids).toEqual(expect.arrayContaining(await pidsOfAll()));
    expect(failuresOutside()).toBe(0);
  });

  it('of a version that fails its users is rolled back, to processes that never stopped', async () => {
    await live(differences);
    const pids = await pidsOfAll();
    const last = await site.release({ version: 'v2', errorRatio: 0.5 });
    expect([last.outcome, last.reason]).toEqual(['rolledBack', expect.stringContaining('errors')]);
    expect(await pidsOfAll()).toEqual(expect.arrayContaining(pids));
    expect(failuresOutside('v2')).toBe(0);
  });
});

describe('a canary beside its baseline', () => {
  const differences = {
    strategy:
      '{ canary: { baseline: true, steps: [{ weight: 20% }, { analyze: { atLeast: 3s, atMost: 8s } }] } }',
  };

  it('is compared with a fresh copy of the old version, which ends with the release, and no request fails', async () => {
    await live(differences);
    await site.ok('release', 'shop', '--from', await site.artefact({ version: 'v2' }));
    await until('all three serve', async () => {
      const { route } = await site.api<{ route: readonly { track: string }[] }>('rollouts/shop');
      return route.length === 3;
    });
    const tracks = (await groups()).map(({ track, ready }) => `${track} ${ready}`).sort();
    expect(tracks).toEqual(['baseline 1', 'canary 1', 'stable 2']);
    await until(
      'it is promoted',
      async () => (await site.api<EndedRelease[]>('rollouts/shop/releases'))[0]?.outcome === 'promoted',
      60_000,
    );
    await until('the new version runs alone', async () => (await groups()).length === 1);
    expect(failuresOutside()).toBe(0);
  });

  it('of a version that fails its users is rolled back, and users of the old version notice nothing', async () => {
    await live(differences);
    const last = await site.release({ version: 'v2', errorRatio: 0.5 });
    expect([last.outcome, last.reason]).toEqual(['rolledBack', expect.stringContaining('errors')]);
    await until('the old version runs alone', async () => (await groups()).length === 1);
    expect(failuresOutside('v2')).toBe(0);
  });
});

describe('a ramp', () => {
  const differences = {
    workload: workload(4),
    strategy: '{ ramped: { maxSurge: 1, partition: 1 } }',
  };

  it('replaces replica by replica, stops at its partition, and no request fails', async () => {
    await live({ ...differences, analysis: '' });
    await site.ok('release', 'shop', '--from', await site.artefact({ version: 'v2' }));
    await until('one old replica is left', async () => {
      const { phase } = await site.api<{ phase: string }>('rollouts/shop');
      const sizes = (await groups()).map((group) => group.ready).sort();
      return phase === 'Paused' && sizes.join() === '1,3';
    });
    await site.ok('resume', 'shop');
    await site.ok('wait', 'shop', '--timeout', '30s');
    const [last] = await site.api<EndedRelease[]>('rollouts/shop/releases');
    expect(last?.outcome).toBe('promoted');
    expect(failuresOutside()).toBe(0);
  });

  it('of a version that fails its users goes back, and users of the old version notice nothing', async () => {
    await live(differences);
    const last = await site.release({ version: 'v2', errorRatio: 0.5 });
    expect([last.outcome, last.reason]).toEqual(['rolledBack', expect.stringContaining('errors')]);
    await until('all four old replicas run alone', async () => {
      const all = await groups();
      return all.length === 1 && all[0]?.ready === 4;
    });
    expect(failuresOutside('v2')).toBe(0);
  });
});

describe('a canary of workers', () => {
  const differences = {
    workload: workload(4),
    traffic: '',
    analysis: '',
    strategy:
      '{ canary: { steps: [{ replicas: 1 }, { analyze: { atMost: 1s } }, { replicas: 50% }, { pause: {} }] } }',
  };

  it('gets a share of the replicas, and then all of them', async () => {
    await live(differences);
    await site.ok('release', 'shop', '--from', await site.artefact({ version: 'v2' }));
    await until('half of the replicas are new', async () => {
      const sizes = (await groups()).map((group) => group.ready).sort();
      return sizes.join() === '2,2';
    });
    await site.ok('resume', 'shop');
    await site.ok('wait', 'shop', '--timeout', '30s');
    const [last] = await site.api<EndedRelease[]>('rollouts/shop/releases');
    expect(last?.outcome).toBe('promoted');
    expect((await groups()).filter((group) => group.ready > 0)).toHaveLength(1);
  });

  it('that does not stay up is rolled back, and all old replicas run', async () => {
    await live(differences);
    const last = await site.release({ version: 'v2', crashAfterMs: 300 });
    expect(last.outcome).toBe('rolledBack');
    await until('all four run', async () => (await groups()).some((group) => group.ready === 4));
  });
});
