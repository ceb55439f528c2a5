import { afterEach, beforeEach, expect, it } from 'vitest';
import type { RevisionId } from '../rollout/model.ts';
import type { Supervisor } from './supervisor.ts';
import { ask, createWorkbench, serviceSettings, type Workbench } from './testing/workbench.ts';
import type { InstanceUsage } from './usage.ts';
import { linuxUsage } from './usage-linux.ts';

let bench: Workbench;
let supervisor: Supervisor;
const canary = { rollout: 'shop', revision: 'r1-b' as RevisionId };

beforeEach(async () => {
  bench = await createWorkbench();
  supervisor = await bench.open();
  await supervisor.adopt();
});
afterEach(() => bench.tidy());

async function started(key: typeof canary, count: number): Promise<readonly number[]> {
  supervisor.setSize(key, count, serviceSettings());
  await expect.poll(() => supervisor.endpoints(key).length, { timeout: 20_000 }).toBe(count);
  return supervisor.endpoints(key).map(({ port }) => port);
}

async function usageOf({ revision }: typeof canary): Promise<readonly InstanceUsage[]> {
  return (await supervisor.usage('shop')).instances.filter((one) => one.revision === revision);
}

it('measures memory that leaks and processors that burn, in the process itself and in its children', async () => {
  const [quiet, burning] = await started(bench.key, 2);
  const [leaking, forking] = await started(canary, 2);
  const before = await usageOf(canary);
  expect(before.length).toBe(2);
  await ask(leaking, '/leak?120000000');
  await ask(burning, '/burn');
  await ask(forking, '/burn-in-child');
  expect(quiet).toBeDefined();

  const endpointOf = (port: number | undefined): string | undefined =>
    [...supervisor.endpoints(bench.key), ...supervisor.endpoints(canary)].find((one) => one.port === port)
      ?.id;
  const newest = async (port: number | undefined): Promise<InstanceUsage | undefined> => {
    const all = [...(await usageOf(bench.key)), ...(await usageOf(canary))];
    return all.find(({ instance }) => instance === endpointOf(port));
  };
  const leaked = before.find(({ instance }) => instance === endpointOf(leaking))?.rssBytes ?? Infinity;
  await expect
    .poll(async () => ((await newest(leaking))?.rssBytes ?? 0) - leaked, { timeout: 20_000 })
    .toBeGreaterThan(100_000_000);
  const cores = async (port: number | undefined): Promise<number> => (await newest(port))?.cores ?? -1;
  await expect.poll(() => cores(burning), { timeout: 20_000 }).toBeGreaterThan(0.1);
  // The child is found when members are looked up again.
  await expect.poll(() => cores(forking), { timeout: 40_000 }).toBeGreaterThan(0.1);
  await expect.poll(() => cores(quiet), { timeout: 20_000 }).toBeLessThan(0.1);
}, 120_000);

it('counts restarts and the time of processes, those that are gone too, and measures the new one', async () => {
  const [port] = await started(canary, 1);
  const first = await usageOf(canary);
  const { epoch, counts } = await supervisor.usage('shop');
  expect(counts).toEqual([{ revision: 'r1-b', processMs: expect.any(Number) as number, restarts: 0 }]);
  await ask(port, '/crash');
  await expect.poll(async () => (await supervisor.usage('shop')).counts[0]?.restarts).toBe(1);
  await expect.poll(async () => (await usageOf(canary)).length, { timeout: 20_000 }).toBe(1);
  const later = await supervisor.usage('shop');
  expect(later.epoch).toBe(epoch);
  expect(later.counts[0]?.processMs).toBeGreaterThan(counts[0]?.processMs ?? Infinity);
  expect(later.instances[0]?.instance).not.toBe(first[0]?.instance);
  supervisor.setSize(canary, 0);
  await expect.poll(() => supervisor.groups('shop').length, { timeout: 20_000 }).toBe(0);
  expect((await supervisor.usage('shop')).instances).toEqual([]);
});

it('does not count a process that was told to stop as a loss', async () => {
  await started(canary, 2);
  supervisor.setSize(canary, 1);
  await expect.poll(() => supervisor.groups('shop')[0]?.running, { timeout: 20_000 }).toBe(1);
  expect((await supervisor.usage('shop')).counts[0]?.restarts).toBe(0);
});

it.runIf(process.platform === 'linux')(
  'reads groups it knows without looking through all processes',
  async () => {
    await started(canary, 1);
    const read = linuxUsage(() => 0);
    const group = new Set((await supervisor.instances('shop')).map(({ pid }) => pid ?? 0));
    const [usage] = [...(await read(group)).values()];
    expect(usage?.rssBytes).toBeGreaterThan(10_000_000);
    expect(usage?.cpuMs).toBeGreaterThan(0);
    const { rssBytes } = (await supervisor.instances('shop'))[0] ?? {};
    expect((usage?.rssBytes ?? 0) / (rssBytes ?? 1)).toBeCloseTo(1, 0);
    expect((await read(new Set([2 ** 30]))).size).toBe(0);
  },
);
