import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { isAlive, thisMachine } from './machine.ts';
import type { LeavingInstance } from './settings.ts';
import type { Supervisor } from './supervisor.ts';
import { ask, createWorkbench, serviceSettings, type Workbench } from './testing/workbench.ts';

const impatient = { stop: { signal: 'SIGTERM', drainMs: 1_000 } };
let bench: Workbench;

beforeEach(async () => {
  bench = await createWorkbench();
});

afterEach(async () => {
  await bench.tidy();
});

async function untilReady(supervisor: Supervisor, count: number): Promise<void> {
  await expect.poll(() => supervisor.endpoints(bench.key), { timeout: 20_000 }).toHaveLength(count);
}

async function started(supervisor: Supervisor, env = {}, more = {}): Promise<void> {
  await supervisor.adopt();
  supervisor.setSize(bench.key, 1, serviceSettings(env, more));
  await untilReady(supervisor, 1);
}

it('drains a process before it is told to stop; meanwhile it serves, but gets nothing new', async () => {
  const seen: string[] = [];
  const supervisor: Supervisor = await bench.open({
    beforeStop: async (instance: LeavingInstance) => {
      seen.push(
        `endpoints ${supervisor.endpoints(bench.key).length}`,
        `answers ${await ask(instance.port, '/version')}`,
      );
      seen.push(JSON.stringify(supervisor.groups('shop')));
    },
  });
  await started(supervisor, { VERSION: 'one' });
  await supervisor.stopAll();
  expect(seen).toEqual(['endpoints 0', 'answers one', '[{"revision":"r1-a","running":1,"ready":0}]']);
  expect(await bench.marked()).toEqual([]);
});

it('does not wait for a drain that hangs or fails', async () => {
  for (const beforeStop of [
    () => new Promise<void>(() => undefined),
    () => Promise.reject(new Error('gateway gone')),
  ]) {
    const supervisor = await bench.open({ beforeStop });
    await started(supervisor, {}, impatient);
    await supervisor.stopAll();
    expect(await bench.marked()).toEqual([]);
    await supervisor.close();
  }
  expect(bench.warnings).toContain('could not be drained: gateway gone');
});

it('kills a process that does not stop when told to', async () => {
  const supervisor = await bench.open();
  await started(supervisor, { BEHAVIOUR: 'deaf' }, impatient);
  const [endpoint] = supervisor.endpoints(bench.key);
  await supervisor.stopAll();
  expect(await bench.marked()).toEqual([]);
  const log = join(bench.dataDir, 'logs', 'shop', 'r1-a', `${endpoint?.id ?? ''}.log`);
  expect(await readFile(log, 'utf8')).toContain('heard SIGTERM');
});

it.each([
  ['in its group', 'family'],
  ['in a session of its own', 'sessions'],
])('ends what a process has started %s, whether it is stopped or crashes', async (_, BEHAVIOUR) => {
  const supervisor = await bench.open();
  for (const path of [undefined, '/crash']) {
    await supervisor.adopt();
    supervisor.setSize(bench.key, 1, serviceSettings({ BEHAVIOUR }, impatient));
    await untilReady(supervisor, 1);
    const family = await bench.marked();
    expect(family).toHaveLength(2);
    if (path === undefined) await supervisor.stopAll();
    else await ask(supervisor.endpoints(bench.key)[0]?.port, path);
    const left = (): boolean => family.some((one) => isAlive(thisMachine(), one.facts));
    await expect.poll(left, { timeout: 10_000 }).toBe(false);
  }
});

it('takes up a stop that the death of the supervisor cut short', async () => {
  const first = await bench.open({ beforeStop: () => new Promise(() => undefined) });
  await started(first);
  first.setSize(bench.key, 0);
  await expect.poll(() => first.endpoints(bench.key)).toEqual([]);
  await first.close();
  expect(await bench.marked()).toHaveLength(1);

  const second = await bench.open();
  await second.adopt();
  expect(second.endpoints(bench.key)).toEqual([]);
  await expect.poll(() => second.groups('shop'), { timeout: 10_000 }).toEqual([]);
  expect(bench.drained).toHaveLength(1);
  expect(await bench.marked()).toEqual([]);
});

it('starts the missing one at once when the size grows while another is still draining', async () => {
  let release: () => void = () => undefined;
  const supervisor = await bench.open({
    beforeStop: () =>
      new Promise((resolve) => {
        release = resolve;
      }),
  });
  await started(supervisor);
  const [before] = supervisor.endpoints(bench.key);
  supervisor.setSize(bench.key, 0);
  supervisor.setSize(bench.key, 1);
  await untilReady(supervisor, 1);
  expect(supervisor.endpoints(bench.key)[0]?.id).not.toBe(before?.id);
  release();
  await expect.poll(() => supervisor.groups('shop')).toEqual([{ revision: 'r1-a', running: 1, ready: 1 }]);
});
