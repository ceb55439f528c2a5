import { spawn, type ChildProcess } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { ownerOf } from '../files/owner.ts';
import type { Supervisor } from './supervisor.ts';
import type { InstanceRecord, ProcessTable } from './table.ts';
import type { ControllerOrder } from './testing/controller.ts';
import { ask, createWorkbench, serviceSettings, type Workbench } from './testing/workbench.ts';

let bench: Workbench;
let programs: string;
let controller: string;

beforeAll(async () => {
  programs = await mkdtemp(join(tmpdir(), 'controller-'));
  controller = join(programs, 'controller.mjs');
  const entry = fileURLToPath(new URL('testing/controller.ts', import.meta.url));
  await build({ entryPoints: [entry], outfile: controller, bundle: true, platform: 'node', format: 'esm' });
});

afterAll(async () => {
  await rm(programs, { recursive: true, force: true });
});

beforeEach(async () => {
  bench = await createWorkbench();
});

afterEach(async () => {
  await bench.tidy();
});

async function untilReady(supervisor: Supervisor, count: number): Promise<void> {
  await expect.poll(() => supervisor.endpoints(bench.key), { timeout: 20_000 }).toHaveLength(count);
}

async function opened(): Promise<Supervisor> {
  const supervisor = await bench.open();
  await supervisor.adopt();
  return supervisor;
}

function startController(order: Partial<ControllerOrder>): ChildProcess {
  const { dataDir, key } = bench;
  const whole: ControllerOrder = { dataDir, key, replicas: 1, settings: serviceSettings(), ...order };
  return spawn(process.execPath, [controller, JSON.stringify(whole)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null)
    await new Promise((resolve) => child.once('exit', resolve));
}

function recordFile(instance: string): string {
  return join(bench.dataDir, 'run', 'instances', `${instance}.json`);
}

async function readyRecords(): Promise<number> {
  // Not by a table: its owner alone may look into the directory with it, since it clears drafts away.
  const directory = join(bench.dataDir, 'run', 'instances');
  const names = (await readdir(directory)).filter((name) => /^[^.].*\.json$/.test(name));
  const texts = await Promise.all(names.map((name) => readFile(join(directory, name), 'utf8')));
  return texts.filter((text) => (JSON.parse(text) as InstanceRecord).ready).length;
}

async function editRecord(instance: string, change: Partial<InstanceRecord>): Promise<void> {
  const record = JSON.parse(await readFile(recordFile(instance), 'utf8')) as InstanceRecord;
  await writeFile(recordFile(instance), JSON.stringify({ ...record, ...change }));
}

it('finds the processes of a supervisor that was killed, at once ready, and starts none twice', async () => {
  const child = startController({ replicas: 2 });
  await new Promise((resolve) => child.stdout?.once('data', resolve));
  const before = (await bench.marked()).map((one) => one.facts.pid).sort();
  // Readiness is known a moment before it is written down; only what was written survives.
  await expect.poll(readyRecords).toBe(2);
  child.kill('SIGKILL');
  await ended(child);

  const supervisor = await opened();
  expect(supervisor.groups('shop')).toEqual([{ revision: 'r1-a', running: 2, ready: 2 }]);
  expect(supervisor.endpoints(bench.key)).toHaveLength(2);
  supervisor.setSize(bench.key, 2, serviceSettings());
  await untilReady(supervisor, 2);
  expect((await bench.marked()).map((one) => one.facts.pid).sort()).toEqual(before);

  const [endpoint] = supervisor.endpoints(bench.key);
  await ask(endpoint?.port, '/say?still-written');
  const lines: string[] = [];
  for await (const line of supervisor.tailLog(bench.key, 5)) lines.push(line.text);
  expect(lines).toContain('still-written');

  await ask(endpoint?.port, '/crash');
  const replaced = (): boolean => supervisor.endpoints(bench.key).every((one) => one.id !== endpoint?.id);
  await expect.poll(replaced).toBe(true);
  await untilReady(supervisor, 2);
  await supervisor.stopAll();
  expect(await bench.marked()).toEqual([]);
});

it.each(['beforeStart', 'afterStart'] as const)('has one process after a death %s', async (dies) => {
  await ended(startController({ dies }));
  const expected = dies === 'afterStart' ? 1 : 0;
  await expect.poll(async () => (await bench.marked()).length).toBe(expected);
  const orphan = (await bench.marked())[0]?.instance;

  const supervisor = await opened();
  expect(supervisor.groups('shop')).toHaveLength(expected);
  supervisor.setSize(bench.key, 1, serviceSettings());
  await untilReady(supervisor, 1);
  expect(await bench.marked()).toHaveLength(1);
  if (orphan !== undefined) expect(supervisor.endpoints(bench.key)[0]?.id).toBe(orphan);
  // Beside the record, a newer state of it may just be being written.
  await expect.poll(() => readdir(join(bench.dataDir, 'run', 'instances'))).toHaveLength(1);
});

it('loses no process and has none too many, whenever its supervisor is killed', async () => {
  for (const afterMs of [150, 190, 230, 270, 310]) {
    const child = startController({ replicas: 4 });
    const timer = setTimeout(() => child.kill('SIGKILL'), afterMs);
    await ended(child);
    clearTimeout(timer);
  }
  const supervisor = await opened();
  const adopted = (await supervisor.instances('shop')).map((one) => one.pid);
  expect(adopted.length).toBeLessThanOrEqual(4);
  supervisor.setSize(bench.key, 4, serviceSettings());
  await untilReady(supervisor, 4);
  const alive = (await bench.marked()).map((one) => one.facts.pid);
  expect(alive).toHaveLength(4);
  for (const pid of adopted) expect(alive).toContain(pid);
});

it('leaves a process alone that was merely given the same pid', async () => {
  const stranger = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], { stdio: 'ignore' });
  const first = await opened();
  first.setSize(bench.key, 1, serviceSettings());
  await untilReady(first, 1);
  const [endpoint] = first.endpoints(bench.key);
  await first.close();
  const [own] = await bench.marked();
  process.kill(own?.facts.pid ?? 0, 'SIGKILL');
  await expect.poll(async () => (await bench.marked()).length).toBe(0);
  await editRecord(endpoint?.id ?? '', { process: { pid: stranger.pid ?? 0, startTime: '1' } });

  const second = await opened();
  expect(second.groups('shop')).toEqual([]);
  await second.stopAll();
  expect(stranger.exitCode ?? stranger.signalCode).toBeNull();
  stranger.kill('SIGKILL');
});

it('forgets everything after a restart of the machine', async () => {
  const first = await opened();
  first.setSize(bench.key, 1, serviceSettings());
  await untilReady(first, 1);
  const [endpoint] = first.endpoints(bench.key);
  await first.close();
  for (const { facts } of await bench.marked()) process.kill(facts.pid, 'SIGKILL');
  await editRecord(endpoint?.id ?? '', { bootId: 'the one before' });
  const second = await opened();
  expect(second.groups('shop')).toEqual([]);
  expect(await readdir(join(bench.dataDir, 'run', 'instances'))).toEqual([]);
});

it('adopts a process whose record is lost, and trusts it once it is told how to ask', async () => {
  const first = await opened();
  first.setSize(bench.key, 1, serviceSettings());
  await untilReady(first, 1);
  const before = first.endpoints(bench.key);
  await first.close();
  await rm(recordFile(before[0]?.id ?? ''));
  const second = await opened();
  expect(second.groups('shop')).toEqual([{ revision: 'r1-a', running: 1, ready: 0 }]);
  second.setSize(bench.key, 1, serviceSettings());
  await untilReady(second, 1);
  expect(second.endpoints(bench.key)).toEqual(before);
});

it('sets a damaged record aside and finds the process all the same', async () => {
  const first = await opened();
  first.setSize(bench.key, 1, serviceSettings());
  await untilReady(first, 1);
  const id = first.endpoints(bench.key)[0]?.id ?? '';
  await first.close();
  await writeFile(recordFile(id), '{"owner": ');
  const second = await opened();
  expect(second.groups('shop')).toMatchObject([{ running: 1 }]);
  expect(await readFile(`${recordFile(id)}.corrupt`, 'utf8')).toBe('{"owner": ');
});

it('keeps services up when nothing can be written, and finds them again', async () => {
  const full = (): Promise<void> => Promise.reject(new Error('ENOSPC: no space left on device'));
  const table: ProcessTable = { list: () => Promise.resolve([]), put: full, remove: full };
  const first = await bench.open({ table });
  await first.adopt();
  first.setSize(bench.key, 1, serviceSettings());
  await untilReady(first, 1);
  const before = first.endpoints(bench.key);
  await ask(before[0]?.port, '/crash');
  await expect
    .poll(() => first.endpoints(bench.key)[0]?.id ?? before[0]?.id, { timeout: 10_000 })
    .not.toBe(before[0]?.id);
  const after = first.endpoints(bench.key);
  await first.close();
  const second = await opened();
  second.setSize(bench.key, 1, serviceSettings());
  await untilReady(second, 1);
  expect(second.endpoints(bench.key)).toEqual(after);
});

it('ends what an ended process has left behind', async () => {
  const first = await opened();
  first.setSize(bench.key, 1, serviceSettings({ BEHAVIOUR: 'family' }));
  await untilReady(first, 1);
  await first.close();
  const leader = (await bench.marked()).find((one) => one.leader);
  process.kill(leader?.facts.pid ?? 0, 'SIGKILL');
  await expect.poll(async () => (await bench.marked()).length).toBe(1);
  await opened();
  await expect.poll(async () => (await bench.marked()).length).toBe(0);
});

it.each(['kept', 'lost'])(
  'never takes a helper with a session of its own for the service, its record %s',
  async (record) => {
    const first = await opened();
    first.setSize(bench.key, 1, serviceSettings({ BEHAVIOUR: 'sessions' }));
    await untilReady(first, 1);
    const [before] = await first.instances('shop');
    await first.close();
    expect((await bench.marked()).filter((one) => one.leader)).toHaveLength(2);
    if (record === 'lost') await rm(recordFile(before?.id ?? ''));
    const second = await opened();
    expect((await second.instances('shop')).map((one) => one.pid)).toEqual([before?.pid]);
    second.setSize(bench.key, 0, serviceSettings());
    await expect.poll(async () => await bench.marked(), { timeout: 10_000 }).toEqual([]);
  },
);

it('ends the helper of a service that died, rather than adopt it in its place', async () => {
  const first = await opened();
  first.setSize(bench.key, 1, serviceSettings({ BEHAVIOUR: 'sessions' }));
  await untilReady(first, 1);
  const [before] = await first.instances('shop');
  await first.close();
  process.kill(before?.pid ?? 0, 'SIGKILL');
  await expect.poll(async () => (await bench.marked()).length).toBe(1);
  const second = await opened();
  expect(second.groups('shop')).toEqual([]);
  await expect.poll(async () => await bench.marked(), { timeout: 10_000 }).toEqual([]);
});

it('ends the builds of this data directory that nobody waits for any more, and no others', async () => {
  const start = (owner: string): ChildProcess => {
    const env = { ...process.env, COALMINE_OWNER: owner, COALMINE_BUILD: 'r1-a' };
    return spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], { stdio: 'ignore', env });
  };
  const [own, other] = [start(await ownerOf(bench.dataDir)), start('another')];
  try {
    await opened();
    await expect.poll(() => own.signalCode, { timeout: 5_000 }).toBe('SIGTERM');
    expect(other.signalCode).toBeNull();
  } finally {
    own.kill('SIGKILL');
    other.kill('SIGKILL');
  }
});

it('never touches the processes of another data directory, not even of the one it is a copy of', async () => {
  const first = await opened();
  first.setSize(bench.key, 1, serviceSettings());
  await untilReady(first, 1);
  const copy = join(dirname(bench.dataDir), 'copy');
  await cp(bench.dataDir, copy, { recursive: true });
  const second = await bench.open({ dataDir: copy });
  await second.adopt();
  expect(second.groups('shop')).toEqual([]);
  await second.stopAll();
  expect(await bench.marked()).toHaveLength(1);
  await untilReady(first, 1);
});

it.each(['kept', 'lost'])(
  'keeps a copy apart from its revision when it adopts both, records %s',
  async (record) => {
    const first = await opened();
    const copy = { ...bench.key, copy: 'baseline' } as const;
    first.setSize(bench.key, 1, serviceSettings());
    first.setSize(copy, 1, serviceSettings());
    await untilReady(first, 1);
    await expect.poll(() => first.endpoints(copy), { timeout: 20_000 }).toHaveLength(1);
    const before = [first.endpoints(bench.key)[0]?.id, first.endpoints(copy)[0]?.id];
    expect(new Set(before).size).toBe(2);
    await first.close();
    if (record === 'lost') for (const id of before) await rm(recordFile(id ?? ''));
    const second = await opened();
    second.setSize(bench.key, 1, serviceSettings());
    second.setSize(copy, 1, serviceSettings());
    await untilReady(second, 1);
    await expect.poll(() => second.endpoints(copy), { timeout: 20_000 }).toHaveLength(1);
    expect([second.endpoints(bench.key)[0]?.id, second.endpoints(copy)[0]?.id]).toEqual(before);
    expect(second.groups(bench.key.rollout).map((group) => group.copy)).toEqual(
      expect.arrayContaining([undefined, 'baseline']),
    );
  },
);
