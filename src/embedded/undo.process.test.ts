import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildGateway, failureOf, type BuiltGateway } from '../../test/gateway.ts';
import type { RevisionId } from '../rollout/model.ts';
import { aDocument, Machine } from './testing/machine.ts';

let gateway: BuiltGateway;
let machine: Machine;

/** What the releases of `shop` brought, the first release first. */
const revisions: RevisionId[] = [];

async function release(version: string): Promise<RevisionId> {
  const document = aDocument('shop', await machine.version(version), { spec: { history: { keep: 3 } } });
  const { revision } = await machine.apply(document);
  await machine.untilStable('shop', revision);
  return revision;
}

beforeAll(async () => {
  gateway = await buildGateway();
  machine = await Machine.make(gateway.entry);
});

afterAll(async () => {
  await machine.dispose();
  await gateway.dispose();
});

it('goes back to any version in history without its source', async () => {
  for (const version of ['v1', 'v2', 'v3']) revisions.push(await release(version));
  const first = revisions[0]!;
  await rm(await machine.version('v1'), { recursive: true });
  await machine.operations.steer('shop', { verb: 'undo', to: '1' });
  await machine.untilStable('shop', first);
  expect((await machine.ask('shop', first))?.version).toBe('v1');
  expect((await machine.record('shop')).status.rejected).toEqual([revisions[2]]);
});

it('tells every version there is to go back to, and what is different', async () => {
  const [first, second, third] = revisions;
  const told = await machine.operations.revisions('shop');
  expect(told.map(({ id, release, isStable, isRejected, isKept }) => [id, release, isStable, isRejected, isKept])).toEqual([
    [third, 3, false, true, true],
    [second, 2, false, false, true],
    [first, 4, true, false, true],
  ]); // prettier-ignore
  const { by, outcome, changes } = await machine.operations.revision('shop', second!, first);
  expect({ by, outcome }).toEqual({ by: { kind: 'user', name: 'tester' }, outcome: 'promoted' });
  expect(changes?.map(({ path }) => path)).toEqual(['artefact']);
});

it('goes to a rejected version only when somebody insists', async () => {
  const third = revisions[2]!;
  const failure = await failureOf(machine.operations.steer('shop', { verb: 'undo', to: third }));
  expect(failure).toMatchObject({ code: 'rejectedRevision', message: `${third} was rejected before` });
  await machine.operations.steer('shop', { verb: 'undo', to: third, insist: true });
  await machine.untilStable('shop', third);
});

it('names what there is when history keeps no more of a version', async () => {
  const fourth = await release('v4');
  await release('v5');
  await machine.until(async () => !(await machine.artefacts()).includes(revisions[1]!));
  const failure = await failureOf(machine.operations.steer('shop', { verb: 'undo', to: revisions[1]! }));
  expect(failure.code).toBe('notFound');
  expect(failure.hint).toContain(`${fourth} (release `);
  expect((await machine.record('shop')).status.release).toBeUndefined();
});
