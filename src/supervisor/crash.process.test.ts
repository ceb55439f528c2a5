import { createServer } from 'node:net';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
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

async function untilFailing(): Promise<string> {
  const failing = (): string | undefined => supervisor.groups('shop')[0]?.failing;
  await expect.poll(failing, { timeout: 20_000 }).toBeDefined();
  return failing() ?? '';
}

it('starts a crashed process again, on another port', async () => {
  supervisor.setSize(bench.key, 1, serviceSettings());
  await untilReady(1);
  const [before] = supervisor.endpoints(bench.key);
  await ask(before?.port, '/crash');
  const replaced = (): boolean => (supervisor.endpoints(bench.key)[0]?.id ?? before?.id) !== before?.id;
  await expect.poll(replaced, { timeout: 20_000 }).toBe(true);
  expect(supervisor.endpoints(bench.key)[0]?.port).not.toBe(before?.port);
  expect(await supervisor.instances('shop')).toMatchObject([{ state: 'ready', restarts: 1 }]);
  expect(supervisor.groups('shop')[0]?.failing).toBeUndefined();
});

it('reports a crash loop with the exit and the last words, and goes on trying', async () => {
  supervisor.setSize(bench.key, 2, serviceSettings({ BEHAVIOUR: 'crash' }));
  const failing = await untilFailing();
  expect(failing).toMatch(/^crashed \d times in a row: exited with code 3; last output: boom: no database$/);
  const restarts = async (): Promise<number> => (await supervisor.instances('shop'))[0]?.restarts ?? 0;
  const before = await restarts();
  await expect.poll(restarts, { timeout: 10_000 }).toBeGreaterThan(before);
  supervisor.setSize(bench.key, 0);
  await expect.poll(() => supervisor.groups('shop')).toEqual([]);
});

it('takes a process that nothing asks for ready once it stays up, not while it ends at once', async () => {
  const { ready: _, ...unasked } = serviceSettings({}, { command: ['sleep', '600'] });
  const seen: number[] = [];
  await supervisor.close();
  supervisor = await bench.open({
    onChange: () => {
      seen.push(...supervisor.groups('shop').map(({ ready }) => ready));
    },
  });
  await supervisor.adopt();
  supervisor.setSize(bench.key, 1, { ...unasked, command: ['sh', '-c', 'sleep 0.1; exit 1'] });
  await untilFailing();
  expect(seen).not.toContain(1);
  supervisor.setSize({ ...bench.key, revision: 'r1-b' as RevisionId }, 1, unasked);
  await expect.poll(() => seen, { timeout: 20_000 }).toContain(1);
});

it('says nothing of the values it was given in the last words of a crash', async () => {
  const PASSWORD = `hunter2-${'long'.repeat(80)}`;
  const script = "console.error('Error: cannot log in with ' + process.env.PASSWORD); process.exit(1)";
  supervisor.setSize(
    bench.key,
    1,
    serviceSettings({ PASSWORD }, { command: [process.execPath, '-e', script] }),
  );
  expect(await untilFailing()).toMatch(/last output: Error: cannot log in with \[redacted\]$/);
  expect(bench.warnings.join()).toContain('[redacted]');
  expect(JSON.stringify([await supervisor.instances('shop'), bench.warnings])).not.toContain('hunter2');
});

it('keeps the output of the last crashes only', async () => {
  await supervisor.close();
  supervisor = await bench.open({ logLimits: { fileBytes: 1_000, files: 2, ended: 2 } });
  await supervisor.adopt();
  supervisor.setSize(bench.key, 1, serviceSettings({ BEHAVIOUR: 'crash' }));
  const restarts = async (): Promise<number> => (await supervisor.instances('shop'))[0]?.restarts ?? 0;
  await expect.poll(restarts, { timeout: 20_000 }).toBeGreaterThan(5);
  const instances = async (): Promise<number> => {
    const found = new Set<string>();
    for await (const line of supervisor.tailLog(bench.key, 1)) found.add(line.instance);
    return found.size;
  };
  supervisor.setSize(bench.key, 1, serviceSettings());
  await untilReady(1);
  await expect.poll(instances, { timeout: 10_000 }).toBe(3);
});

it('trusts a process again that has been up long enough', async () => {
  const restart = { firstDelayMs: 20, maxDelayMs: 50, crashLoopAfter: 2, stableAfterMs: 1_500 };
  supervisor.setSize(bench.key, 1, serviceSettings({ BEHAVIOUR: 'crash' }, { restart }));
  await untilFailing();
  supervisor.setSize(bench.key, 1, serviceSettings({}, { restart }));
  await untilReady(1);
  expect(supervisor.groups('shop')[0]?.failing).toBeDefined();
  await expect.poll(() => supervisor.groups('shop')[0]?.failing, { timeout: 10_000 }).toBeUndefined();
});

it('says at once that a command does not exist, cannot be executed, or has lost its directory', async () => {
  const plain = join(bench.dataDir, 'plain');
  await writeFile(plain, 'x');
  await chmod(plain, 0o644);
  const cases = [
    [{ command: ['no-such-program-anywhere'] }, 'cannot start "no-such-program-anywhere": command not found'],
    [{ command: [plain] }, `cannot start "${plain}": it is not an executable file`],
    [{ cwd: join(bench.dataDir, 'gone') }, `its directory ${join(bench.dataDir, 'gone')} is gone`],
  ] as const;
  for (const [settings, reason] of cases) {
    supervisor.setSize(bench.key, 1, serviceSettings({}, settings));
    expect(await untilFailing()).toContain(reason);
    expect(supervisor.groups('shop')).toMatchObject([{ running: 0, ready: 0 }]);
    supervisor.setSize(bench.key, 0);
    await expect.poll(() => supervisor.groups('shop')).toEqual([]);
  }
});

it('comes up by itself when what was missing is there', async () => {
  const script = join(bench.dataDir, 'late.sh');
  supervisor.setSize(bench.key, 1, serviceSettings({}, { command: [script] }));
  await untilFailing();
  await writeFile(script, `#!/bin/sh\nexec ${serviceSettings().command.join(' ')}\n`, { mode: 0o755 });
  await untilReady(1);
  expect(supervisor.groups('shop')[0]?.failing).toBeUndefined();
});

it('says that a process did not become ready in time, and why', async () => {
  const ready = {
    check: { kind: 'http', path: '/' },
    everyMs: 100,
    timeoutMs: 500,
    withinMs: 1_000,
    failures: 1,
  } as const;
  supervisor.setSize(bench.key, 1, serviceSettings({ BEHAVIOUR: 'mute' }, { ready }));
  const failing = await untilFailing();
  expect(failing).toMatch(/^did not become ready within 1s: connection refused on port \d+/);
  expect(supervisor.endpoints(bench.key)).toEqual([]);
});

it('takes a process out while it says it is not ready, without ending it', async () => {
  supervisor.setSize(bench.key, 1, serviceSettings());
  await untilReady(1);
  const [before] = supervisor.endpoints(bench.key);
  await ask(before?.port, '/sick');
  await untilReady(0);
  const [view] = await supervisor.instances('shop');
  expect(view).toMatchObject({
    id: before?.id,
    state: 'unready',
    restarts: 0,
    reason: 'GET /healthz answered 503',
  });
  expect(supervisor.groups('shop')).toMatchObject([{ running: 1, ready: 0 }]);
});

it('starts a process again that is not alive any more', async () => {
  const { ready } = serviceSettings();
  supervisor.setSize(
    bench.key,
    1,
    serviceSettings({}, ready === undefined ? {} : { live: ready, ready: { ...ready, failures: 1_000 } }),
  );
  await untilReady(1);
  const [before] = supervisor.endpoints(bench.key);
  await ask(before?.port, '/sick');
  const replaced = (): boolean => (supervisor.endpoints(bench.key)[0]?.id ?? before?.id) !== before?.id;
  await expect.poll(replaced, { timeout: 20_000 }).toBe(true);
  expect(bench.warnings.join()).toContain('is not alive: GET /healthz answered 503');
  expect(bench.drained.map((one) => one.id)).toEqual([before?.id]);
});

it('ends a process that uses more memory than it may', async () => {
  const restart = { firstDelayMs: 20, maxDelayMs: 50, crashLoopAfter: 1, stableAfterMs: 60_000 };
  const limits = { memoryBytes: 100 * 1_024 * 1_024 };
  supervisor.setSize(bench.key, 1, serviceSettings({ BEHAVIOUR: 'hungry' }, { limits, restart }));
  expect(await untilFailing()).toMatch(/used \d+Mi, limit is 100Mi/);
});

it('asks by TCP and by command as well', async () => {
  const common = { everyMs: 100, timeoutMs: 2_000, withinMs: 20_000, failures: 2 };
  const script = `fetch('http://127.0.0.1:' + process.argv[1] + '/healthz').then((r) => process.exit(r.ok ? 0 : 1))`;
  const command = [process.execPath, '-e', script, '$(PORT)'];
  for (const check of [{ kind: 'tcp' }, { kind: 'command', command }] as const) {
    supervisor.setSize(bench.key, 1, serviceSettings({}, { ready: { ...common, check } }));
    await untilReady(1);
    await supervisor.stopAll();
  }
});

it('survives that a port is taken between its choice and the start', async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  const address = taken.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  // The first start insists on the port that is in use.
  const script = `#!/bin/sh\nif mkdir "$MARK" 2>/dev/null; then PORT=${port}; fi\nexport PORT\nexec ${serviceSettings().command.join(' ')}\n`;
  const wrapper = join(bench.dataDir, 'wrapper.sh');
  await writeFile(wrapper, script, { mode: 0o755 });
  supervisor.setSize(
    bench.key,
    1,
    serviceSettings({ MARK: join(bench.dataDir, 'mark') }, { command: [wrapper] }),
  );
  await untilReady(1);
  expect(await supervisor.instances('shop')).toMatchObject([{ restarts: 1 }]);
  expect(bench.warnings.join()).toContain('EADDRINUSE');
  taken.close();
});
