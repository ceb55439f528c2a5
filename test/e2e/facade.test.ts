import { spawn, type ChildProcess } from 'node:child_process';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startLoad, type Load } from '../../src/cli/demo/load.ts';
import { freePort, Site, until } from './site.ts';

interface View {
  readonly phase: string;
  readonly takeover?: {
    readonly newShare?: number;
    readonly paths: readonly {
      readonly path: string;
      readonly to: string;
      readonly newShare?: number;
      readonly fallbacks: number;
    }[];
  };
}

let site: Site;
let old: ChildProcess | undefined;
let oldPort = 0;
const loads: Load[] = [];

beforeEach(async () => {
  site = await Site.create();
  oldPort = await freePort();
  await startOld();
});

afterEach(async () => {
  for (const load of loads.splice(0)) await load.stop();
  old?.kill('SIGKILL');
  await site.destroy();
});

/** The old system: a process that coalmine knows nothing of. */
async function startOld(): Promise<void> {
  const cwd = await site.artefact({ version: 'old' });
  old = spawn(process.execPath, ['server.mjs'], { cwd, env: { PORT: String(oldPort) }, stdio: 'ignore' });
  const url = `http://127.0.0.1:${oldPort}/healthz`;
  await until('the old system is up', () =>
    fetch(url).then(
      () => true,
      () => false,
    ),
  );
}

/** Declares who answers which paths. */
async function route(...routes: readonly string[]): Promise<void> {
  await site.declare(
    { version: 'v1', startMs: 1_000 },
    {
      traffic: `{ gateway: { routes: [${routes.join(', ')}] } }`,
      strategy: '{ recreate: {} }',
      analysis: '',
    },
  );
  await site.ok('apply');
}

const legacy = (): string => `http://127.0.0.1:${oldPort}`;
const view = (): Promise<View> => site.api<View>('rollouts/shop');

function versions(load: Load | undefined): readonly string[] {
  return [...(load?.seen.keys() ?? [])].sort();
}

function errors(): number {
  return loads.reduce((sum, { seen }) => sum + [...seen.values()].reduce((n, one) => n + one.errors, 0), 0);
}

/** What is served at a path: the version, or the status with the words of the answer. */
async function answered(address: string, path: string): Promise<string> {
  const response = await fetch(new URL(path, address));
  const text = (await response.text()).trim();
  return response.ok ? text : `${response.status} ${text}`;
}

it('an old system is taken over path by path without a failed request, and may fail only for its own paths', async () => {
  await site.up();
  await route(`{ path: /, to: { legacy: "${legacy()}" } }`);
  const address = await site.address();
  // The first version is a second away from its first answer.
  await until('the old system serves', async () => (await answered(address, '/')) === 'old');
  expect((await view()).phase).not.toBe('Healthy');
  await site.ok('wait', 'shop', '--timeout', '30s');

  for (const path of ['/goods', '/cart', '/']) loads.push(startLoad(new URL(path, address).href, 40));
  const [goods, cart, rest] = loads;
  await route(
    `{ path: /goods, to: { split: { legacy: "${legacy()}", new: 50% } } }`,
    `{ path: /, to: { legacy: "${legacy()}" } }`,
  );
  await until('both answer for goods', () => Promise.resolve(versions(goods).join() === 'old,v1'));
  await route(
    '{ path: /goods, to: { new: {} } }',
    `{ path: /cart, to: { newWithFallback: { legacy: "${legacy()}" } } }`,
    `{ path: /, to: { legacy: "${legacy()}" } }`,
  );
  await until('the new one answers for the cart', () => Promise.resolve(versions(cart).includes('v1')));
  expect(versions(rest)).toEqual(['old']);
  expect(errors()).toBe(0);
  await until('it is shown how far it is', async () => {
    const { paths = [], newShare = 0 } = (await view()).takeover ?? {};
    return newShare > 0 && newShare < 1 && paths[2]?.newShare === 0 && (paths[1]?.newShare ?? 0) > 0;
  });
  const { out } = await site.ok('describe', 'shop');
  expect(out).toContain('taking over: 1 of 3 paths moved');
  expect(out).toMatch(/\/cart +newWithFallback http:\/\/127/);
  for (const load of loads) await load.stop();
  expect(errors()).toBe(0);

  old?.kill('SIGKILL');
  await until('the old system is gone', async () => {
    return (await answered(address, '/')) === '502 502 the old system does not answer';
  });
  expect(await answered(address, '/goods')).toBe('v1');
  expect(await answered(address, '/cart')).toBe('v1');

  await startOld();
  const from = await site.artefact({ version: 'v2', errorRatio: 1 });
  await site.ok('release', 'shop', '--from', from, '--wait', '--timeout', '60s');
  expect(await answered(address, '/goods')).toMatch(/^500/);
  expect(await answered(address, '/cart')).toBe('old');
  await until('the fallback is counted', async () => {
    return ((await view()).takeover?.paths[1]?.fallbacks ?? 0) > 0;
  });
});
