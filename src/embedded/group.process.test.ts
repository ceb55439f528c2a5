import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildGateway, failureOf, type BuiltGateway } from '../../test/gateway.ts';
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

const together = async (name: string): Promise<string | undefined> =>
  (await machine.record(name)).wanted?.together;

it('asks for all members of a group, or for none when one does not build', async () => {
  const from = await machine.version('v1');
  const fails = ['node', '-e', "process.exit(require('fs').existsSync('broken') ? 1 : 0)"];
  for (const [name, order] of [
    ['one', 1],
    ['two', 2],
  ] as const) {
    const spec = { group: { name: 'both', order } };
    const process = name === 'two' ? { build: fails } : {};
    const { revision } = await machine.apply(aDocument(name, from, { process, spec }));
    await machine.untilStable(name, revision);
  }
  const broken = await machine.version('v2');
  await writeFile(join(broken, 'broken'), '');
  const before = await machine.record('one');
  await failureOf(machine.operations.releaseGroup('both', { from: broken }));
  expect((await machine.record('one')).document).toBe(before.document);
  expect(await together('one')).toBeUndefined();

  const views = await machine.operations.releaseGroup('both', { from: await machine.version('v3') });
  expect(views.map(({ name, released }) => [name, released])).toEqual([
    ['one', true],
    ['two', true],
  ]);
  expect([await together('one'), await together('two')]).toEqual(['both-1', 'both-1']);
  for (const { name, revision } of views) await machine.untilStable(name, revision);
  const { group } = await machine.operations.get('two');
  expect(group).toEqual({ name: 'both', order: 2, stays: false, release: 'both-1', state: 'promoted' });

  await machine.operations.releaseGroup('both', { from: await machine.version('v4') });
  expect(await together('one')).toBe('both-2');
});
