import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildGateway, failureOf, type BuiltGateway } from '../../test/gateway.ts';
import { send } from '../../test/proxy.ts';
import type { JsonObject } from '../base/json.ts';
import { gatewayOf } from '../rollout/traffic.ts';
import { aDocument, Machine, type Gate } from './testing/machine.ts';

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

/** Declared, and not released: what is tested here needs no processes. */
const SUSPENDED = { suspend: true };

const at = (host: string): JsonObject => ({ ...SUSPENDED, traffic: { gateway: { host } } });

/** A Rollout that is declared, and a later version of it that is being built. */
async function declaredAndBuilding(
  name: string,
): Promise<{ gate: Gate; first: JsonObject; second: JsonObject }> {
  const first = aDocument(name, await machine.version('first'), { spec: SUSPENDED });
  await machine.apply(first);
  const gate = machine.gate(name);
  const second = aDocument(name, await machine.version(name), { spec: SUSPENDED, process: gate.process });
  return { gate, first, second };
}

describe('what changed while a version was built', () => {
  it('a Rollout that was deleted does not come back', async () => {
    const { gate, second } = await declaredAndBuilding('deleted');
    const applying = failureOf(machine.apply(second));
    await gate.begun();
    await machine.operations.remove('deleted');
    await gate.open();
    expect(await applying).toMatchObject({ code: 'conflict', message: 'deleted was deleted meanwhile' });
    expect(await machine.runtime.store.get('deleted')).toBeUndefined();
  });

  it('a document that somebody else applied is not overwritten', async () => {
    const { gate, first, second } = await declaredAndBuilding('edited');
    const applying = failureOf(machine.apply(second));
    await gate.begun();
    const other = { ...first, metadata: { name: 'edited', labels: { by: 'other' } } };
    await machine.apply(other);
    await gate.open();
    expect(await applying).toMatchObject({ code: 'conflict', message: 'edited was changed meanwhile' });
    expect(JSON.parse((await machine.record('edited')).document)).toEqual(other);
  });

  it('a Rollout that somebody else declared is not overwritten, unless with the very same', async () => {
    const from = await machine.version('raced');
    const gate = machine.gate('raced');
    const document = aDocument('raced', from, { spec: SUSPENDED, process: gate.process });
    const other = aDocument('raced', from, { spec: SUSPENDED, process: { ...gate.process, replicas: 2 } });
    const asked = [document, document, other];
    const applying = Promise.allSettled(asked.map((one) => machine.apply(one)));
    await gate.begun();
    await gate.open();
    const outcomes = await applying;
    const record = await machine.record('raced');
    expect(record.generation).toBe(1);
    for (const [index, outcome] of outcomes.entries()) {
      const isDeclared = JSON.stringify(asked[index]) === record.document;
      expect(outcome).toMatchObject(isDeclared ? { status: 'fulfilled' } : { reason: { code: 'conflict' } });
    }
  });

  it('a number of replicas set during a release stays', async () => {
    const { gate } = await declaredAndBuilding('scaled');
    const from = await machine.version('scaled');
    const release = machine.operations.release('scaled', {
      from,
      set: [
        'workload.process.build=[node, wait.mjs]',
        `workload.process.env=${JSON.stringify(gate.process.env)}`,
      ],
    });
    await gate.begun();
    await machine.operations.scale('scaled', 3);
    await gate.open();
    const { revision } = await release;
    const { rollout, wanted } = await machine.record('scaled');
    expect(wanted?.revision).toBe(revision);
    expect(rollout.workload).toMatchObject({ replicas: 3, from: { path: from } });
  });

  it('a release does not go with a source that was declared since', async () => {
    const { gate, second } = await declaredAndBuilding('moved');
    await gate.open();
    await machine.apply(second);
    const again = machine.gate('moved-again');
    const set = [`workload.process.env=${JSON.stringify(again.process.env)}`];
    const release = failureOf(machine.operations.release('moved', { set }));
    await again.begun();
    const elsewhere = aDocument('moved', await machine.version('elsewhere'), { spec: SUSPENDED });
    await machine.apply(elsewhere);
    await again.open();
    expect(await release).toMatchObject({ code: 'conflict', message: 'moved was changed meanwhile' });
    expect(JSON.parse((await machine.record('moved')).document)).toEqual(elsewhere);
  });

  it('a revision that was rejected is not released', async () => {
    const { gate, second } = await declaredAndBuilding('refused');
    const { revision } = await machine.operations.apply({ document: second, dryRun: true });
    const applying = failureOf(machine.apply(second));
    await gate.begun();
    const record = await machine.record('refused');
    await machine.runtime.store.save({ ...record, status: { ...record.status, rejected: [revision] } }, {});
    await gate.open();
    expect(await applying).toMatchObject({ code: 'rejectedRevision' });
  });

  it('of two Rollouts that want one address only one gets it', async () => {
    const names = ['left', 'right', 'middle'];
    const documents = await Promise.all(
      names.map(async (name) => aDocument(name, await machine.version(name), { spec: at('one.test') })),
    );
    const outcomes = await Promise.allSettled(documents.map((document) => machine.apply(document)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'conflict' });
    }
    expect(
      (await machine.runtime.store.list()).filter(
        ({ rollout }) => gatewayOf(rollout.traffic)?.host === 'one.test',
      ),
    ).toHaveLength(1);
  });
});

describe('a stored document that is no longer understood', () => {
  async function spoiled(name: string): Promise<JsonObject> {
    const document = aDocument(name, await machine.version(name), {
      spec: { traffic: { gateway: { host: `${name}.test` } } },
    });
    const { revision } = await machine.apply(document);
    await machine.untilStable(name, revision);
    await machine.runtime.store.save(
      { ...(await machine.record(name)), document: '{"spec":{"workload":{}}}' },
      {},
    );
    expect(await failureOf(machine.operations.get(name))).toMatchObject({ code: 'invalidSpec' });
    return document;
  }

  it('is corrected by applying one that is', async () => {
    const document = await spoiled('mended');
    expect(await failureOf(machine.operations.release('mended', {}))).toMatchObject({ code: 'invalidSpec' });
    expect(await machine.operations.plan(document)).toMatchObject({ unchanged: true });
    expect(await machine.apply(document)).toMatchObject({ created: false, released: false });
    expect(await machine.record('mended')).toMatchObject({ generation: 2, status: { phase: 'Healthy' } });
    await machine.operations.scale('mended', 2);
    await machine.until(async () => (await machine.operations.get('mended')).groups[0]?.ready === 2);
  });

  it('goes when its Rollout is deleted, with processes and route', async () => {
    const answers = async (): Promise<number> => {
      const port = Number(new URL(machine.runtime.addresses()[0] ?? '').port);
      return (await send(port, { headers: { host: 'spoiled.test' } })).status;
    };
    await spoiled('spoiled');
    expect(await answers()).toBe(200);
    await machine.operations.remove('spoiled');
    expect(await answers()).toBe(404);
    expect(await machine.runtime.store.unresolved()).toEqual([]);
    // It has ended; its place goes a moment later.
    await machine.until(async () => (await machine.runtime.supervisor.instances('spoiled')).length === 0);
    expect(await machine.runtime.store.listRevisions('spoiled')).toEqual([]);
  });
});

it('refuses a strategy that the gateway cannot do with the first declaration already', async () => {
  const spec = { traffic: { gateway: {} }, strategy: { canary: { weights: ['0.005%', '50%'] } } };
  const document = aDocument('fine', await machine.version('fine'), { spec });
  for (const refused of [machine.operations.plan(document), machine.apply(document)]) {
    expect(await failureOf(refused)).toMatchObject({ code: 'refusedPlan' });
  }
});

it('refuses to rename a Rollout by a release', async () => {
  await declaredAndBuilding('named');
  const release = machine.operations.release('named', { set: ['metadata.name=other'] });
  expect(await failureOf(release)).toMatchObject({ code: 'usage' });
  expect(await failureOf(machine.operations.release('nobody', {}))).toMatchObject({ code: 'notFound' });
});

it('names the same revision in a plan, a dry run and an application', async () => {
  const document = aDocument('planned', await machine.version('planned'), { spec: SUSPENDED });
  const planned = await machine.operations.plan(document);
  const tried = await machine.operations.apply({ document, dryRun: true });
  expect(await machine.runtime.store.get('planned')).toBeUndefined();
  const { revision } = await machine.apply(document);
  expect([planned.to, tried.revision]).toEqual([revision, revision]);
});

it('tells no value of the environment when a build that prints it fails', async () => {
  const gate = machine.gate('secretive');
  const env = { ...gate.process.env, SECRET: 'hunter22-and-more', PART: 'hunter22' };
  await gate.fail();
  const from = await machine.version('secretive');
  const failure = await failureOf(
    machine.apply(aDocument('secretive', from, { process: { ...gate.process, env } })),
  );
  expect(failure).toMatchObject({
    code: 'buildFailed',
    message: expect.stringContaining('building with') as string,
  });
  expect(JSON.stringify([failure, failure.message, failure.cause])).not.toContain('hunter22');
});

it('keeps the logs of as many failed builds as releases', async () => {
  const alone = await Machine.make(gateway.entry);
  try {
    const from = await alone.version('failing');
    const apply = (build: readonly string[]): Promise<unknown> => {
      const spec = { ...SUSPENDED, history: { keep: 2 } };
      return alone.apply(aDocument('failing', from, { spec, process: { build: [...build] } }));
    };
    await apply(['true']);
    for (const word of ['one', 'two', 'three', 'four']) {
      const failure = await failureOf(apply(['node', '-e', `console.log('${word}'); process.exit(1)`]));
      expect(failure).toMatchObject({
        code: 'buildFailed',
        hint: expect.stringContaining('.build.log') as string,
      });
    }
    const revisions = join(alone.dataDir, 'revisions');
    const logs = (await readdir(revisions)).filter((name) => name.endsWith('.build.log'));
    const texts = await Promise.all(logs.map((name) => readFile(join(revisions, name), 'utf8')));
    expect(texts.map((text) => text.trim()).sort()).toEqual(['', 'four', 'three']);
  } finally {
    await alone.dispose();
  }
});
