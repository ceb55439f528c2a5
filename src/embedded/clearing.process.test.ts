import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { buildGateway, failureOf, kill, type BuiltGateway } from '../../test/gateway.ts';
import type { JsonObject } from '../base/json.ts';
import { VERSION } from '../base/version.ts';
import { resolveRollout } from '../rollout/resolve/rollout.ts';
import { openStore } from '../store/store.ts';
import { aDocument, Machine } from './testing/machine.ts';

let gateway: BuiltGateway;
let machine: Machine;

beforeAll(async () => {
  gateway = await buildGateway();
  machine = await Machine.make(gateway.entry);
});

afterAll(async () => {
  await machine.dispose();
  await gateway.dispose();
});

/** Declared and not released. */
async function suspended(name: string, version: string): Promise<JsonObject> {
  return aDocument(name, await machine.version(version), { spec: { suspend: true } });
}

it('takes nothing away that is being declared', async () => {
  const { store, deployment, catalogue } = machine.runtime;
  await machine.apply(await suspended('busy', 'busy-0'));
  const others = await machine.artefacts();
  const gate = machine.gate('busy');
  const from = await machine.version('busy-1');
  const applying = machine.apply(aDocument('busy', from, { spec: { suspend: true }, process: gate.process }));
  await gate.begun();

  // Between what the clearing reads first and what it reads next, the new version is made.
  const releases = store.releases.bind(store);
  const spy = vi.spyOn(store, 'releases').mockImplementationOnce(async (name) => {
    await gate.open();
    await machine.until(async () => (await machine.artefacts()).length > others.length);
    for (let turn = 0; turn < 100; turn += 1) await new Promise(setImmediate);
    return releases(name);
  });
  await deployment.removeUnused('busy');
  spy.mockRestore();

  const { revision } = await applying;
  expect(await machine.artefacts()).toContain(revision);
  expect(await store.getRevision('busy', revision)).toBeDefined();
  catalogue.require('busy', revision);
});

it('leaves a revision to the Rollout that shares it, also when that is just being declared', async () => {
  const names = ['one', 'two'];
  await machine.apply(await suspended('one', 'shared'));
  for (let round = 0; round < 10; round += 1) {
    const [old = '', next = ''] = round % 2 === 0 ? names : [...names].reverse();
    const [{ revision }] = await Promise.all([
      machine.apply(await suspended(next, 'shared')),
      machine.operations.remove(old),
    ]);
    expect(await machine.artefacts()).toContain(revision);
    machine.runtime.catalogue.require(next, revision);
  }
});

it('removes what a deleted Rollout has left: copies, environments and logs', async () => {
  const { revision } = await machine.apply(aDocument('gone', await machine.version('gone')));
  await machine.untilStable('gone', revision);
  expect(existsSync(join(machine.dataDir, 'logs', 'gone', revision))).toBe(true);
  await machine.operations.remove('gone');
  expect(await machine.artefacts()).not.toContain(revision);
  expect(await machine.runtime.store.listRevisions('gone')).toEqual([]);
  expect(existsSync(join(machine.dataDir, 'logs', 'gone', revision))).toBe(false);
});

it('goes on with a deletion that the end of the control process cut short, and tells who waits', async () => {
  const from = await machine.version('stubborn', ['stubborn']);
  const { revision } = await machine.apply(aDocument('slow', from, { process: { stop: { drain: '60s' } } }));
  await machine.untilStable('slow', revision);
  const [instance] = await machine.runtime.supervisor.instances('slow');
  const deletion = failureOf(machine.operations.remove('slow'));
  await machine.until(async () => (await machine.record('slow')).deleting);
  expect(await failureOf(machine.operations.scale('slow', 2))).toMatchObject({ code: 'conflict' });
  expect(await failureOf(machine.apply(aDocument('slow', from)))).toMatchObject({ code: 'conflict' });
  await machine.stop(false);
  expect(await deletion).toMatchObject({ code: 'unreachable' });

  await machine.start();
  kill(instance?.pid ?? 0);
  await machine.until(async () => (await machine.runtime.store.get('slow')) === undefined);
  await machine.until(async () => !(await machine.artefacts()).includes(revision));
  expect(await machine.runtime.store.listRevisions('slow')).toEqual([]);
});

it('removes at its start what is left of Rollouts that no longer exist, and copies nobody declared', async () => {
  const { revision } = await machine.apply(await suspended('left', 'left'));
  const { revision: kept } = await machine.apply(await suspended('stays', 'stays'));
  await machine.stop(false);
  const store = await openStore(machine.dataDir, {
    resolve: resolveRollout,
    now: Date.now,
    version: VERSION,
  });
  const record = await store.get('left');
  if (record !== undefined) await store.remove(record);
  await store.deleteRevision('stays', kept);
  await store.close();

  await machine.start();
  await machine.until(async () => (await machine.runtime.store.listRevisions('left')).length === 0);
  await machine.until(async () => {
    const artefacts = await machine.artefacts();
    return !artefacts.includes(revision) && !artefacts.includes(kept);
  });
  // Not a revision any more, and soon no files either.
  await expect.poll(() => existsSync(join(machine.dataDir, 'revisions', revision))).toBe(false);
});

it('keeps what a way back needs, and no more than history does', async () => {
  const revisions: string[] = [];
  for (const version of ['a', 'b', 'c', 'd']) {
    const from = await machine.version(`kept-${version}`);
    const { revision } = await machine.apply(aDocument('kept', from, { spec: { history: { keep: 1 } } }));
    await machine.untilStable('kept', revision);
    revisions.push(revision);
  }
  const artefacts = async (): Promise<readonly string[]> => {
    const there = await machine.artefacts();
    return revisions.filter((revision) => there.includes(revision));
  };
  await machine.until(async () => (await machine.runtime.store.listRevisions('kept')).length === 2);
  // A revision is forgotten before its files go.
  await expect.poll(artefacts).toEqual(revisions.slice(-2));
});

it('leaves nothing of the hooks of a Rollout that is deleted', async () => {
  const hooks = [{ name: 'told', at: 'beforeCandidate', command: ['echo', 'begun'] }];
  const { revision } = await machine.apply(
    aDocument('hooked', await machine.version('hooked'), { spec: { hooks } }),
  );
  await machine.untilStable('hooked', revision);
  const kept = join(machine.dataDir, 'hooks', 'hooked');
  expect(existsSync(kept)).toBe(true);
  await machine.operations.remove('hooked');
  await machine.until(() => !existsSync(kept));
});
