import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { StateStore } from './queries.ts';
import { openStore } from './store.ts';

const DAY_MS = 86_400_000;
let dir: string;
let store: StateStore;

const open = (): Promise<StateStore> =>
  openStore(dir, { resolve: () => expect.fail('nothing is declared'), now: () => 0, version: '0.1.0' });

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'coalmine-audit-'));
  store = await open();
});
afterEach(async () => {
  await store.close();
  await rm(dir, { recursive: true, force: true });
});

it('what was asked for is told newest first, in pages, also after a restart, until it is too old', async () => {
  const asked = (request: string) => ({
    request,
    by: { kind: 'token', name: 'ci' } as const,
    operation: 'steer',
    asked: { verb: 'pause' },
    outcome: 'done',
  });
  for (const [index, id] of ['a', 'b', 'c', 'd'].entries())
    await store.addAudit(asked(id), index * 30 * DAY_MS);
  await store.close();
  store = await open();
  const [newest, second] = await store.audit({ limit: 2 });
  expect(newest).toEqual({ id: 4, at: 90 * DAY_MS, ...asked('d') });
  const rest = await store.audit({ before: second!.id, limit: 9 });
  expect(rest.map(({ request }) => request)).toEqual(['b', 'a']);
  await store.addAudit(asked('e'), 130 * DAY_MS);
  const left = await store.audit({ limit: 9 });
  expect(left.map(({ request, id }) => [request, id])).toEqual([
    ['e', 5],
    ['d', 4],
    ['c', 3],
  ]);
  await store.addAudit(asked('f'), 999 * DAY_MS);
  expect((await store.audit({ limit: 9 })).map(({ request }) => request)).toEqual(['f']);
});

it('what is being done when the process ends is of an unknown end for the next one, and has one end only', async () => {
  await store.addAudit({ request: 'a', operation: 'remove' }, 1);
  const other = await store.addAudit({ request: 'b', operation: 'steer' }, 2);
  await store.endAudit(other, 'conflict');
  await store.endAudit(other, 'done');
  const told = async () =>
    (await store.audit({ limit: 9 })).map(({ request, outcome }) => [request, outcome]);
  expect(await told()).toEqual([
    ['b', 'conflict'],
    ['a', undefined],
  ]);
  await store.close();
  store = await open();
  expect(await told()).toEqual([
    ['b', 'conflict'],
    ['a', 'unknown'],
  ]);
});
