import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startLoad, type Load } from '../../src/cli/demo/load.ts';
import { Site, until, type Behaviour } from './site.ts';

interface HistoryRow {
  readonly number: number;
  readonly outcome: string;
  readonly reason: string;
  readonly served: { readonly requests: number; readonly errors: number };
}

/** Requests that a canary with 20 % of 200 a second holds until they time out after 2 s, and some. */
const HELD_AT_MOST = 100;

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

/** A site whose first version is live and under load. */
async function live(differences: Readonly<Record<string, string>> = {}, perSecond = 200): Promise<void> {
  await site.declare({ version: 'v1' }, differences);
  await site.up();
  await site.ok('apply', '--wait', '--timeout', '30s');
  load = startLoad(await site.address(), perSecond);
}

async function release(behaviour: Behaviour): Promise<{ code: number; last: HistoryRow }> {
  const { code, out, err } = await site.run(
    'release',
    'shop',
    '--from',
    await site.artefact(behaviour),
    '--wait',
    '--timeout',
    '90s',
  );
  const [last] = await site.api<HistoryRow[]>('rollouts/shop/releases');
  if (last === undefined)
    throw new Error(`no release ended: exit ${code}\n${out}${err}\n${await site.logs()}`);
  return { code, last };
}

/** Requests that failed for users of any version but these. */
function failuresOutside(...versions: readonly string[]): number {
  const others = [...(load?.seen ?? [])].filter(([version]) => !versions.includes(version));
  return others.reduce((sum, [, seen]) => sum + seen.errors, 0);
}

describe('a release on one machine', () => {
  it('of a good version is promoted, and no request fails', async () => {
    await live();
    const { code, last } = await release({ version: 'v2' });
    expect([code, last.outcome]).toEqual([0, 'promoted']);
    expect(last.served.requests).toBeGreaterThan(0);
    await until('the new version serves everybody', async () => {
      const before = load?.seen.get('v1')?.requests;
      await new Promise((resolve) => setTimeout(resolve, 300));
      return load?.seen.get('v1')?.requests === before;
    });
    expect(failuresOutside()).toBe(0);
  });

  it('of a version that fails its users is rolled back, and users of the old version notice nothing', async () => {
    await live();
    const { code, last } = await release({ version: 'v2', errorRatio: 0.3 });
    expect([code, last.outcome]).toEqual([3, 'rolledBack']);
    expect(last.reason).toContain('errors');
    expect(failuresOutside('v2')).toBe(0);
  });

  it('of a version that is slower is rolled back', async () => {
    await live();
    const { last } = await release({ version: 'v2', slowMs: 30 });
    expect(last.outcome).toBe('rolledBack');
    expect(last.reason).toContain('latency');
    expect(failuresOutside()).toBe(0);
  });

  it.each<[string, Behaviour]>([
    ['crashes at its start', { version: 'v2', crashAfterMs: 1 }],
    ['never listens', { version: 'v2', neverListens: true }],
    ['never becomes ready', { version: 'v2', neverReady: true }],
  ])('of a version that %s is rolled back without a single request', async (_, behaviour) => {
    await live();
    const { code, last } = await release(behaviour);
    expect([code, last.outcome, last.served.requests]).toEqual([3, 'rolledBack', 0]);
    expect(failuresOutside()).toBe(0);
  });

  it.each<[string, Behaviour]>([
    ['answers garbage', { version: 'v2', garbage: true }],
    ['hangs', { version: 'v2', hangs: true }],
    ['crashes under way', { version: 'v2', crashAfterMs: 1_500 }],
  ])('of a version that %s is rolled back, and only its own users notice', async (_, behaviour) => {
    await live({
      traffic: '{ gateway: { timeout: 2s } }',
      strategy: '{ canary: { steps: [{ weight: 20% }, { analyze: { atLeast: 15s, atMost: 60s } }] } }',
    });
    const { code, last } = await release(behaviour);
    expect([code, last.outcome]).toEqual([3, 'rolledBack']);
    // A request without an answer came from the canary: as many as it was charged with, and those it still held.
    expect(failuresOutside()).toBeLessThanOrEqual(last.served.errors + HELD_AT_MOST);
    expect(load?.seen.get('v1')?.errors).toBe(0);
  });
});

describe('a user', () => {
  it('aborts a release and retries it', async () => {
    await live({ strategy: '{ canary: { steps: [{ weight: 20% }, { pause: {} }] } }' }, 50);
    await site.ok('release', 'shop', '--from', await site.artefact({ version: 'v2' }));
    await until('the canary gets traffic', () => Promise.resolve((load?.seen.get('v2')?.requests ?? 0) > 0));
    await site.ok('abort', 'shop');
    expect((await site.run('wait', 'shop', '--timeout', '30s')).code).not.toBe(4);
    expect((await site.api<HistoryRow[]>('rollouts/shop/releases'))[0]?.outcome).toBe('aborted');
    // What was rejected is refused until somebody insists.
    expect((await site.run('apply')).code).toBe(0);
    const again = await site.run('release', 'shop', '--from', await site.artefact({ version: 'v2' }));
    expect(again.code).toBe(6);
    expect(again.err).toContain('rejected');
    await site.ok('retry', 'shop');
    await until('it is under way again', async () => {
      return (await site.api<{ release?: object }>('rollouts/shop')).release !== undefined;
    });
    await site.ok('promote', 'shop', '--full');
    await until('the retry is promoted', async () => {
      return (await site.api<HistoryRow[]>('rollouts/shop/releases'))[0]?.outcome === 'promoted';
    });
    expect(failuresOutside()).toBe(0);
  });

  it('may steer a release as soon as it was accepted', async () => {
    await live();
    await site.ok('release', 'shop', '--from', await site.artefact({ version: 'v2' }));
    await site.ok('promote', 'shop', '--full');
    await site.ok('wait', 'shop', '--timeout', '30s');
    expect((await site.api<HistoryRow[]>('rollouts/shop/releases'))[0]?.reason).toContain(
      'promoted it fully',
    );
    expect(failuresOutside()).toBe(0);
  });

  it('undoes a promotion at once', async () => {
    await live();
    await release({ version: 'v2' });
    await site.ok('undo', 'shop');
    await until('the first version serves again', async () => {
      return (await site.api<HistoryRow[]>('rollouts/shop/releases')).length === 3;
    });
    const before = load?.seen.get('v2')?.requests;
    await until('only the first version answers', async () => {
      const { phase } = await site.api<{ phase: string }>('rollouts/shop');
      return phase === 'Healthy';
    });
    expect(before).toBeGreaterThan(0);
    expect(failuresOutside()).toBe(0);
  });

  it('scales up and down and restarts under load, and no request fails', async () => {
    await live();
    for (const replicas of ['4', '1', '3']) {
      await site.ok('scale', 'shop', '--replicas', replicas);
      await until(`${replicas} are ready`, async () => {
        const { groups } = await site.api<{ groups: { running: number; ready: number }[] }>('rollouts/shop');
        return groups[0]?.ready === Number(replicas) && groups[0].running === Number(replicas);
      });
    }
    await site.ok('restart', 'shop');
    expect(failuresOutside()).toBe(0);
  });

  it('deletes a Rollout, and nothing of it is left', async () => {
    await live();
    await load?.stop();
    await site.ok('delete', 'shop', '--yes');
    expect(await site.json<unknown[]>('get')).toEqual([]);
    expect((await site.run('get', 'shop')).code).toBe(7);
  });
});
