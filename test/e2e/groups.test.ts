import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLoad, type Load } from '../../src/cli/demo/load.ts';
import { Site, until } from './site.ts';

interface View {
  readonly phase: string;
  readonly message: string;
  readonly stable: string;
  readonly group?: { readonly release?: string; readonly state?: string };
}

let site: Site;
let load: Load;
/** What both ran after the first release. */
const first: string[] = [];

const view = (name: string): Promise<View> => site.api<View>(`rollouts/${name}`);
const stable = async (): Promise<readonly string[]> => [
  (await view('web')).stable,
  (await view('worker')).stable,
];
const state = async (name: string): Promise<string | undefined> => (await view(name)).group?.state;
const failures = (): number => [...load.seen.values()].reduce((sum, { errors }) => sum + errors, 0);

/** One artefact with both roles in it. */
async function artefact(version: string, worker = "import './server.mjs';"): Promise<string> {
  const dir = await site.artefact({ version });
  await writeFile(path.join(dir, 'worker.mjs'), worker);
  return dir;
}

beforeAll(async () => {
  site = await Site.create();
  const from = await artefact('v1');
  const role = (name: string, command: string, more: readonly string[]): string =>
    [
      'kind: Rollout',
      `metadata: { name: ${name} }`,
      'spec:',
      `  workload: { process: { from: ${from}, command: [node, ${command}], ready: { http: /healthz, every: 100ms }, stop: { drain: 2s }, restart: { firstDelay: 50ms } } }`,
      ...more.map((line) => `  ${line}`),
      '',
    ].join('\n');
  const web = role('web', 'server.mjs', [
    'traffic: { gateway: {} }',
    'strategy: { canary: { steps: [{ weight: 50% }, { pause: 1s }] } }',
    'group: { name: shop, order: 1 }',
  ]);
  const worker = role('worker', 'worker.mjs', [
    'strategy: { recreate: {} }',
    'group: { name: shop, order: 2 }',
  ]);
  await writeFile(path.join(site.dir, 'coalmine.yaml'), `${web}---\n${worker}`);
  await site.up();
  await site.ok('apply', '--wait', '--timeout', '30s');
  const { address } = await site.api<{ address: string }>('rollouts/web');
  load = startLoad(address, 50);
});

afterAll(async () => {
  await load.stop();
  await site.destroy();
});

describe('a web and a worker that are released as one', () => {
  it('go one after the other, also when the control process is killed in between', async () => {
    const before = await stable();
    await site.ok('release', '--group', 'shop', '--from', await artefact('v2'));
    expect((await view('worker')).message).toMatch(/waits for web of its group shop/);
    await site.killControl();
    await site.up();
    const waited = await site.run('wait', '--group', 'shop', '--timeout', '60s');
    expect([waited.code, waited.out]).toEqual([0, 'shop: web promoted, worker promoted\n']);
    first.push(...(await stable()));
    expect(first.filter((revision) => before.includes(revision))).toEqual([]);
    expect((await site.ok('get')).out).toMatch(/^worker +shop\/2 shop-1 promoted /m);
  });

  it('go back both when one of them fails, also when the control process is killed in between', async () => {
    const from = await artefact('v3', 'process.exit(7);');
    await site.ok('release', '--group', 'shop', '--from', from);
    await until('web is promoted', async () => (await state('web')) !== 'running');
    await site.killControl();
    await site.up();
    const waited = await site.run('wait', '--group', 'shop', '--timeout', '60s');
    expect([waited.code, waited.out]).toEqual([3, 'shop: web undone, worker rolled back\n']);
    expect(await stable()).toEqual(first);
    expect((await site.ok('history', 'web')).out).toContain('because worker of its group shop');
  });

  it('are not released at all when one of them cannot be', async () => {
    const from = await artefact('v3', 'process.exit(7);');
    const refused = await site.run('release', '--group', 'shop', '--from', from);
    expect([refused.code, refused.err]).toEqual([6, expect.stringMatching(/was rejected before/)]);
    const unknown = await site.run('release', '--group', 'shopp', '--from', from);
    expect([unknown.code, unknown.err]).toEqual([
      7,
      expect.stringMatching(/no Rollout is in a group shopp.*there are: shop/s),
    ]);
    expect((await site.run('release', 'web', '--group', 'shop')).code).toBe(2);
    expect(await stable()).toEqual(first);
  });

  it('leave a report of each, and a summary, where that is asked for', async () => {
    const from = await artefact('v4', 'process.exit(8);');
    const args = ['--from', from, '--wait', '--timeout', '60s', '--report', 'reports'];
    expect((await site.run('release', '--group', 'shop', ...args)).code).toBe(3);
    // What was taken back has a release that did so.
    const [undo, web] = (await site.json<{ number: number }[]>('history', 'web')).map(({ number }) => number);
    const [worker] = (await site.json<{ number: number }[]>('history', 'worker')).map(({ number }) => number);
    const names = [`web-${undo}`, `web-${web}`, `worker-${worker}`];
    const forms = names.flatMap((name) => ['html', 'json', 'md'].map((form) => `${name}.${form}`));
    expect(new Set(await readdir(path.join(site.dir, 'reports')))).toEqual(new Set([...forms, 'shop.md']));
    const summary = await readFile(path.join(site.dir, 'reports/shop.md'), 'utf8');
    expect(summary).toMatch(
      new RegExp(`^\\| worker \\| ${worker} \\| rolled back \\|.*\\(worker-${worker}\\.html\\) \\|$`, 'm'),
    );
    expect(await stable()).toEqual(first);
  });

  it('can each be undone to a release of their history by themselves', async () => {
    await site.ok('undo', 'web', '--to', '1');
    await site.ok('wait', 'web', '--timeout', '30s');
    expect((await stable())[1]).toBe(first[1]);
    await until('version 1 answers', async () => {
      const { address } = await site.api<{ address: string }>('rollouts/web');
      return (await (await fetch(address)).text()).trim() === 'v1';
    });
    const gone = await site.run('undo', 'web', '--to', '99');
    expect([gone.code, gone.err]).toEqual([
      7,
      expect.stringMatching(/no release 99.*nothing else to go back to/s),
    ]);
  });

  it('cost no request', () => {
    expect(failures()).toBe(0);
  });
});
