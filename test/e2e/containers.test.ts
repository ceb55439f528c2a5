import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startLoad, type Load } from '../../src/cli/demo/load.ts';
import { FakeEngine } from '../containers/fake-engine.ts';
import { Site, until } from './site.ts';

const SERVICE = fileURLToPath(new URL('../containers/service.mjs', import.meta.url));

interface View {
  readonly phase: string;
  readonly release?: { readonly stage: string };
  readonly groups: readonly {
    readonly failing?: string;
    readonly instances: readonly { readonly id: string; readonly pid?: number }[];
  }[];
}

let dir = '';
let fake: FakeEngine;
let site: Site;
let load: Load | undefined;

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'coalmine-docker-'));
  fake = await FakeEngine.start(path.join(dir, 'docker.sock'));
  for (const version of ['1', '2', 'crash'])
    fake.add(
      `registry.local/shop:${version}`,
      { command: ['env', `VERSION=${version}`, process.execPath, SERVICE] },
      'registry',
    );
  fake.add(
    'registry.local/shop:bad',
    { command: ['env', 'VERSION=bad', 'ERRORS=0.5', process.execPath, SERVICE] },
    'registry',
  );
  process.env['DOCKER_HOST'] = `unix://${fake.socketPath}`;
  site = await Site.create();
});

afterEach(async () => {
  await load?.stop();
  load = undefined;
  await site.destroy();
  delete process.env['DOCKER_HOST'];
  expect(fake.violations).toEqual([]);
  expect(fake.containers).toEqual([]);
  await fake.stop();
  await rm(dir, { recursive: true, force: true });
});

const CONTAINER = `{ container: { image: "registry.local/shop:1", port: 8080, replicas: 2, env: { SECRET: open-sesame },
      ready: { http: /healthz, within: 10s }, live: { command: ["true"] }, stop: { drain: 3s } } }`;

function view(): Promise<View> {
  return site.api<View>('rollouts/shop');
}

async function outcome(): Promise<string | undefined> {
  return (await site.api<{ outcome: string }[]>('rollouts/shop/releases'))[0]?.outcome;
}

/** Failed requests of those that this version answered, or nobody. */
function failures(version: string): number {
  return load?.seen.get(version)?.errors ?? 0;
}

async function serving(workload = CONTAINER): Promise<void> {
  await site.declare({ version: 'none' }, { workload });
  await site.up();
  await site.ok('apply', '--wait', '--timeout', '60s');
  load = startLoad(await site.address(), 100);
}

describe('containers', () => {
  it('are promoted and rolled back as canaries, with control killed in between, and no request of stable fails', async () => {
    await serving();
    expect(fake.running).toHaveLength(2);
    const image = 'registry.local/shop:2';
    const { err } = await site.ok('release', 'shop', '--set', `workload.container.image=${image}`);
    expect(err).toMatch(/^shop: fetching registry.local\/shop:2: 2 Pulling from registry.local\/shop$/m);
    await until('the canary is judged', async () => (await view()).release?.stage === 'wait', 60_000);
    await site.killControl();
    const before = fake.running.map(({ id }) => id);
    await site.up();
    await site.ok('wait', 'shop', '--timeout', '90s');
    expect(await outcome()).toBe('promoted');
    // Adopted, not started again: what ran the canary runs on.
    expect(before).toEqual(expect.arrayContaining(fake.running.slice(0, 1).map(({ id }) => id)));
    expect(failures('nobody') + failures('1') + failures('2')).toBe(0);

    await site.run(
      'release',
      'shop',
      '--set',
      'workload.container.image=registry.local/shop:bad',
      '--wait',
      '--timeout',
      '90s',
    );
    expect(await outcome()).toBe('rolledBack');
    expect(failures('nobody') + failures('2')).toBe(0);
    // The release is over before the last container of the bad version has ended.
    await until('stable runs alone', () => Promise.resolve(fake.running.length === 2));
    expect(fake.running.map(({ body }) => body.Image.split('@')[0])).toEqual([
      'registry.local/shop',
      'registry.local/shop',
    ]);
    expect((await site.ok('logs', 'shop')).out).toContain('version 2 begins');
  });

  it('run what the tag stood for, keep their variables to themselves, and are seen by doctor', async () => {
    await serving();
    const digest = fake.running[0]?.body.Image;
    expect(digest).toMatch(/^registry\.local\/shop@sha256:/);
    fake.add('registry.local/shop:1', { command: ['false'] });
    await site.ok('scale', 'shop', '--replicas', '3');
    await until('a third runs', () => Promise.resolve(fake.running.length === 3));
    expect(fake.running.every(({ body }) => body.Image === digest)).toBe(true);
    const address = await site.address();
    expect(await (await fetch(new URL('/env', address))).text()).toBe('open-sesame');
    const shown = await site.ok('get', 'shop', '-o', 'json');
    expect(shown.out).not.toContain('open-sesame');
    const inside = await site.run('exec', 'shop', '--', 'true');
    expect([inside.code, inside.err]).toEqual([2, expect.stringContaining('docker exec coalmine-shop-')]);
    expect((await site.run('doctor')).out).toMatch(/containers +Docker/);
  });

  it('whose process is killed are replaced, and do not stay behind', async () => {
    await serving();
    const [lost] = (await view()).groups.flatMap(({ instances }) => instances);
    process.kill(lost?.pid ?? 0, 'SIGKILL');
    await until('its container is gone', () =>
      Promise.resolve(!fake.containers.some(({ name }) => name.endsWith(lost?.id ?? ''))),
    );
    await until('two run', () => Promise.resolve(fake.running.length === 2));
  });

  it('that crash roll a release back, with their last words', async () => {
    await serving();
    const image = 'workload.container.image=registry.local/shop:crash';
    await site.run('release', 'shop', '--set', image, '--wait', '--timeout', '60s');
    const [last] = await site.api<{ outcome: string; reason: string }[]>('rollouts/shop/releases');
    expect(last?.outcome).toBe('rolledBack');
    expect(last?.reason).toContain('exited with code 7');
    expect(last?.reason).toContain('version crash begins');
    expect(failures('nobody') + failures('1')).toBe(0);
  });

  it('of an image that is nowhere are refused before anything moves; so is an engine that is not there', async () => {
    await serving();
    const image = 'workload.container.image=registry.local/none:1';
    const ran = await site.run('release', 'shop', '--set', image);
    expect(ran.code).toBe(2);
    expect(ran.err).toContain('cannot get the image registry.local/none:1');
    await fake.fallSilent();
    const silent = await site.run(
      'release',
      'shop',
      '--set',
      'workload.container.image=registry.local/shop:2',
    );
    expect(silent.code).toBe(5);
    await fake.listen();
    await writeFile(path.join(site.dir, 'coalmine.yaml'), '');
  });
});
