import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { RevisionId } from '../rollout/model.ts';
import type { Supervisor } from './supervisor.ts';
import { ask, createWorkbench, serviceSettings, type Workbench } from './testing/workbench.ts';

let bench: Workbench;
let supervisor: Supervisor;

beforeEach(async () => {
  bench = await createWorkbench();
  supervisor = await bench.open();
  await supervisor.adopt();
});

afterEach(async () => {
  await bench.tidy();
});

async function untilReady(count: number): Promise<void> {
  await expect.poll(() => supervisor.endpoints(bench.key), { timeout: 20_000 }).toHaveLength(count);
}

async function idsOfAll(): Promise<readonly string[]> {
  return (await supervisor.instances('shop')).map((one) => one.id);
}

it('starts as many processes as asked, each on its own port, and lists those that are ready', async () => {
  supervisor.setSize(bench.key, 3, serviceSettings({ VERSION: 'one' }));
  expect(supervisor.endpoints(bench.key)).toEqual([]);
  await untilReady(3);
  const endpoints = supervisor.endpoints(bench.key);
  expect(new Set(endpoints.map((one) => one.port)).size).toBe(3);
  for (const { port } of endpoints) expect(await ask(port, '/version')).toBe('one');
  expect(supervisor.groups('shop')).toEqual([{ revision: 'r1-a', running: 3, ready: 3 }]);
  const views = await supervisor.instances('shop');
  expect(views.map((view) => view.state)).toEqual(['ready', 'ready', 'ready']);
  expect(Math.min(...views.map((view) => view.rssBytes ?? 0))).toBeGreaterThan(1_000_000);
});

it('gives a process its revision’s environment, its marks and little else', async () => {
  process.env['OUR_SECRET'] = 'x';
  const command = [...serviceSettings().command, '--port=$(PORT)', '$(UNSET)', '$$(PORT)'];
  supervisor.setSize(bench.key, 1, serviceSettings({ FLAVOUR: 'mint', PORT: '1' }, { command }));
  await untilReady(1);
  const [endpoint] = supervisor.endpoints(bench.key);
  const env = JSON.parse(await ask(endpoint?.port, '/env')) as Record<string, string>;
  delete process.env['OUR_SECRET'];
  expect(env).toMatchObject({
    FLAVOUR: 'mint',
    PORT: String(endpoint?.port),
    HOST: '127.0.0.1',
    COALMINE_ROLLOUT: 'shop',
    COALMINE_REVISION: 'r1-a',
    COALMINE_INSTANCE: endpoint?.id,
    PATH: process.env['PATH'],
  });
  expect(env).not.toHaveProperty('OUR_SECRET');
  const [view] = await supervisor.instances('shop');
  const words = (await readFile(`/proc/${view?.pid ?? 0}/cmdline`, 'utf8')).split('\0');
  expect(words).toEqual(expect.arrayContaining([`--port=${endpoint?.port ?? 0}`, '$(UNSET)', '$(PORT)']));
});

it('says so when a revision is wanted that nothing is kept of, also while what runs of it goes on', async () => {
  const failing = expect.stringContaining('nothing of r1-a is kept') as string;
  supervisor.setSize(bench.key, 1);
  expect(supervisor.groups('shop')).toEqual([{ revision: 'r1-a', running: 0, ready: 0, failing }]);
  supervisor.setSize(bench.key, 1, serviceSettings());
  await untilReady(1);
  await supervisor.close();

  supervisor = await bench.open();
  await supervisor.adopt();
  supervisor.setSize(bench.key, 1);
  expect(supervisor.groups('shop')).toEqual([{ revision: 'r1-a', running: 1, ready: 1, failing }]);
  supervisor.setSize(bench.key, 0);
  await expect.poll(() => supervisor.groups('shop')).toEqual([]);
});

it('takes the unready one away first and then the youngest', async () => {
  supervisor.setSize(bench.key, 3, serviceSettings());
  await untilReady(3);
  const [oldest, middle, youngest] = await supervisor.instances('shop');
  await ask(oldest?.port, '/sick');
  await untilReady(2);
  supervisor.setSize(bench.key, 2);
  await expect.poll(idsOfAll).toEqual([middle?.id, youngest?.id]);
  supervisor.setSize(bench.key, 1);
  await expect.poll(idsOfAll).toEqual([middle?.id]);
});

it('comes back with the pinned code when the working copy has changed', async () => {
  const cwd = join(bench.dataDir, 'revisions', 'r1-a');
  const working = join(bench.dataDir, 'working');
  for (const [dir, version] of [
    [cwd, 'old'],
    [working, 'new'],
  ] as const) {
    await mkdir(dir, { recursive: true });
    const code = `import { createServer } from 'node:http';
      createServer((q, r) => q.url === '/crash' ? process.exit(1) : r.end('${version}')).listen(process.env.PORT);`;
    await writeFile(join(dir, 'server.mjs'), code);
  }
  supervisor.setSize(bench.key, 1, serviceSettings({}, { cwd, command: [process.execPath, 'server.mjs'] }));
  await untilReady(1);
  await rm(working, { recursive: true });
  const [before] = supervisor.endpoints(bench.key);
  await ask(before?.port, '/crash');
  await expect
    .poll(() => supervisor.endpoints(bench.key)[0]?.id ?? before?.id, { timeout: 20_000 })
    .not.toBe(before?.id);
  const [after] = supervisor.endpoints(bench.key);
  expect(await ask(after?.port, '/')).toBe('old');
  expect(after?.port).not.toBe(before?.port);
});

it('tells of every change that others can see', async () => {
  let told = 0;
  const other = await createWorkbench();
  try {
    const watched = await other.open({
      onChange: () => {
        told += 1;
      },
    });
    await watched.adopt();
    watched.setSize(other.key, 1, serviceSettings());
    await expect
      .poll(() => told > 0 && watched.endpoints(other.key).length === 1, { timeout: 20_000 })
      .toBe(true);
    const before = told;
    await ask(watched.endpoints(other.key)[0]?.port, '/crash');
    await expect.poll(() => told).toBeGreaterThan(before);
  } finally {
    await other.tidy();
  }
});

it('replaces processes one by one, never with fewer ready than asked for', async () => {
  supervisor.setSize(bench.key, 2, serviceSettings());
  await untilReady(2);
  const before = supervisor.endpoints(bench.key).map((one) => one.id);
  let fewest = 2;
  const look = setInterval(() => {
    fewest = Math.min(fewest, supervisor.endpoints(bench.key).length);
  }, 5);
  await supervisor.restart(bench.key, AbortSignal.timeout(30_000));
  clearInterval(look);
  const after = supervisor.endpoints(bench.key).map((one) => one.id);
  expect(after).toHaveLength(2);
  expect(after.filter((id) => before.includes(id))).toEqual([]);
  expect(bench.drained.map((one) => one.id)).toEqual(before);
  expect(fewest).toBe(2);
});

it('stops a restart whose new process does not come up, and keeps the old ones', async () => {
  supervisor.setSize(bench.key, 2, serviceSettings());
  await untilReady(2);
  const before = supervisor.endpoints(bench.key).map((one) => one.id);
  supervisor.setSize(bench.key, 2, serviceSettings({ BEHAVIOUR: 'crash' }));
  const restart = supervisor.restart(bench.key, AbortSignal.timeout(30_000));
  await expect(restart).rejects.toMatchObject({ code: 'endedOtherwise' });
  await expect.poll(() => supervisor.groups('shop')).toEqual([{ revision: 'r1-a', running: 2, ready: 2 }]);
  expect(supervisor.endpoints(bench.key).map((one) => one.id)).toEqual(before);
});

it('keeps output, gives its end and follows it over later processes, until the revision is removed', async () => {
  supervisor.setSize(bench.key, 1, serviceSettings({ VERSION: 'one' }));
  await untilReady(1);
  const [endpoint] = supervisor.endpoints(bench.key);
  await ask(endpoint?.port, '/say?hello');
  const tail: string[] = [];
  for await (const line of supervisor.tailLog(bench.key, 1)) tail.push(`${line.instance} ${line.text}`);
  expect(tail).toEqual([`${endpoint?.id ?? ''} hello`]);

  const stop = new AbortController();
  const followed: string[] = [];
  const following = (async () => {
    for await (const line of supervisor.followLog(bench.key, 1, stop.signal)) followed.push(line.text);
  })();
  await expect.poll(() => followed).toEqual(['hello']);
  await ask(endpoint?.port, '/say?again');
  await ask(endpoint?.port, '/crash');
  await expect.poll(() => followed, { timeout: 20_000 }).toEqual(['hello', 'again', 'listening as one']);
  stop.abort();
  await following;

  await supervisor.stopAll();
  await supervisor.removeLogs(bench.key);
  await expect(readFile(join(bench.dataDir, 'logs', 'shop', 'r1-a'))).rejects.toMatchObject({
    code: 'ENOENT',
  });
});

it('rotates a log under a process that goes on writing', async () => {
  await supervisor.close();
  supervisor = await bench.open({ logLimits: { fileBytes: 1_000, files: 3, ended: 2 } });
  await supervisor.adopt();
  supervisor.setSize(bench.key, 1, serviceSettings());
  await untilReady(1);
  const [endpoint] = supervisor.endpoints(bench.key);
  const log = join(bench.dataDir, 'logs', 'shop', 'r1-a', `${endpoint?.id ?? ''}.log`);
  await ask(endpoint?.port, `/say?${'x'.repeat(2_000)}`);
  await expect
    .poll(() => readFile(`${log}.1`, 'utf8').catch(() => ''), { timeout: 10_000 })
    .toContain('xxxx');
  await expect.poll(() => readFile(log, 'utf8')).toBe('');
  await ask(endpoint?.port, '/say?after');
  await expect.poll(() => readFile(log, 'utf8')).toBe('after\n');
});

it('keeps Rollouts and revisions apart', async () => {
  const other = { rollout: 'shop', revision: 'r1-b' as RevisionId };
  supervisor.setSize(bench.key, 1, serviceSettings({ VERSION: 'a' }));
  supervisor.setSize(other, 1, serviceSettings({ VERSION: 'b' }));
  supervisor.setSize({ ...other, rollout: 'mail' }, 1, serviceSettings({ VERSION: 'c' }));
  await expect
    .poll(() => supervisor.groups('shop').map((group) => group.ready), { timeout: 20_000 })
    .toEqual([1, 1]);
  supervisor.setSize(bench.key, 0);
  await expect.poll(() => supervisor.groups('shop').map((group) => group.revision)).toEqual(['r1-b']);
  expect(await ask(supervisor.endpoints(other)[0]?.port, '/version')).toBe('b');
  expect(supervisor.groups('mail')).toHaveLength(1);
  await supervisor.stopAll();
  expect(await bench.marked()).toEqual([]);
  expect(['shop', 'mail'].flatMap((rollout) => supervisor.groups(rollout))).toEqual([]);
});

it('refuses to start anything before it has looked for what runs', async () => {
  const early = await bench.open({ dataDir: dirname(bench.dataDir) });
  expect(() => {
    early.setSize(bench.key, 1, serviceSettings());
  }).toThrow('adopted');
});
