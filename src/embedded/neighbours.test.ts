import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { aRollout } from '../../test/engine/rollouts.ts';
import { aRecord, OPTIONS, revision } from '../../test/store/records.ts';
import type { Neighbour } from '../engine/gates/neighbour.ts';
import { NEW_STATUS } from '../engine/status.ts';
import { revisionSettings } from '../rollout/revision.ts';
import type { StateStore } from '../store/queries.ts';
import { openStore } from '../store/store.ts';
import { otherRollouts } from './neighbours.ts';

const rollout = aRollout();
if (rollout.workload.kind !== 'process') throw new Error('another workload is expected');
const settings = revisionSettings(rollout.workload);

let dataDir: string;
let store: StateStore;
/** Looked at since the start. */
let seen: Set<string>;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'coalmine-neighbours-'));
  store = await openStore(dataDir, OPTIONS);
  seen = new Set(['staging']);
});

afterEach(async () => {
  await store.close();
  await rm(dataDir, { recursive: true, force: true });
});

/** A Rollout with revision 1 stable, which is made of this artefact. */
async function declared(name: string, artefact: string, deleting = false): Promise<void> {
  const template = { kind: 'process', artefact };
  const id = revision('1');
  const status = { ...NEW_STATUS, phase: 'Healthy', stable: id } as const;
  const revisions = [{ id, rollout: name, template, settings, createdAt: 1 }];
  await store.declare([{ record: { ...aRecord(name), status, deleting }, revisions }]);
}

async function see(names: readonly string[]): Promise<Readonly<Record<string, Neighbour | 'none'>>> {
  const site = { store, shown: { hasSeen: (name: string) => seen.has(name) } };
  const { neighbours } = otherRollouts({ ...rollout, name: 'shop' }, site);
  return (await neighbours?.see(names, revision('1'))) ?? {};
}

it('tells where others stand, and whether they run what the candidate is made of', async () => {
  await declared('shop', 'sha256:a');
  await declared('staging', 'sha256:a');
  await declared('payments', 'sha256:b');
  seen.add('payments');
  const healthy = { phase: 'Healthy', stable: revision('1') };
  expect(await see(['staging', 'payments', 'staging'])).toEqual({
    staging: { ...healthy, isSameArtefact: true },
    payments: { ...healthy, isSameArtefact: false },
  });
});

it('takes what nobody has looked at since the start for Pending', async () => {
  await declared('shop', 'sha256:a');
  await declared('staging', 'sha256:a');
  seen.clear();
  expect(await see(['staging'])).toMatchObject({ staging: { phase: 'Pending', isSameArtefact: true } });
});

it('takes nothing known for the same as nothing known', async () => {
  await declared('staging', 'sha256:a');
  await store.deleteRevision('staging', revision('1'));
  expect(await see(['staging'])).toMatchObject({ staging: { isSameArtefact: false } });
});

it('says of what is not there, or is being deleted, that there is none', async () => {
  await declared('leaving', 'sha256:a', true);
  expect(await see(['leaving', 'nobody'])).toEqual({ leaving: 'none', nobody: 'none' });
});

it('knows peers only where there is a group', () => {
  const site = { store, shown: { hasSeen: () => true } };
  expect(otherRollouts(rollout, site)).not.toHaveProperty('group');
  const group = { name: 'all', order: 0, onFailure: 'undo' } as const;
  expect(otherRollouts({ ...rollout, group }, site)).toHaveProperty('group');
});
