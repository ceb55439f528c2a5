import { afterEach, beforeEach, expect, it } from 'vitest';
import { startLoad, type Load } from '../../src/cli/demo/load.ts';
import { Crowd } from './crowd.ts';
import { Site, until } from './site.ts';

interface System {
  readonly gateway: { readonly pid: number };
  readonly problems: readonly string[];
}

let site: Site;
let load: Load;
let crowd: Crowd;

beforeEach(async () => {
  site = await Site.create();
  await site.declare({ version: 'v1' });
  await site.up();
  await site.ok('apply', '--wait', '--timeout', '30s');
  load = startLoad(await site.address(), 100);
  crowd = new Crowd(await site.address(), 8);
  crowd.arrive(5);
});
afterEach(async () => {
  await load.stop();
  await crowd.leave();
  await site.destroy();
});

it('an upgrade in the middle of a release, and the way back, replace control and gateway and fail no request', async () => {
  await site.ok('release', 'shop', '--from', await site.artefact({ version: 'v2' }));
  await until('the canary serves', () => Promise.resolve((load.seen.get('v2')?.requests ?? 0) > 0));
  const builds = [await site.otherBuild('next'), site.cli];
  for (const build of builds) {
    const { gateway } = await site.api<System>('system');
    await site.killControl();
    site.cli = build;
    await site.up();
    expect((await site.api<System>('system')).gateway.pid).not.toBe(gateway.pid);
    await until('all is well', async () => (await site.api<System>('system')).problems.length === 0);
    await crowd.round();
  }
  await until(
    'the release is promoted',
    async () => (await site.api<{ outcome?: string }[]>('rollouts/shop/releases'))[0]?.outcome === 'promoted',
    120_000,
  );
  await crowd.round();
  expect([...load.problems]).toEqual([]);
  expect(crowd.failures()).toEqual([]);
});
