import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildGateway, failureOf, type BuiltGateway } from '../../test/gateway.ts';
import { conditionIn, type Condition } from '../api/conditions.ts';
import { decidedOf, stateTag } from '../api/state-tag.ts';
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

const only = (name: string, value: string): Condition =>
  conditionIn(new Headers({ [name]: value })) ?? expect.fail('it is a condition');

/** The condition that `shop` is as it is now. */
async function asNow(): Promise<Condition> {
  return only('if-match', `"${stateTag(decidedOf(await machine.record('shop')))}.anything"`);
}

it('a document is declared where there is none, once, when that is the condition', async () => {
  const document = aDocument('shop', await machine.version('v1'));
  const fresh = machine.onCondition(only('if-none-match', '*'));
  expect((await failureOf(machine.onCondition(only('if-match', '*')).apply({ document }))).code).toBe(
    'preconditionFailed',
  );
  const tries = await Promise.allSettled([fresh.apply({ document }), fresh.apply({ document })]);
  expect(tries.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  await machine.untilStable('shop', (await machine.record('shop')).wanted!.revision);
});

it('of those who have seen the same only one changes it', async () => {
  const seen = await asNow();
  const scale = (replicas: number) => machine.onCondition(seen).scale('shop', replicas);
  const tries = await Promise.allSettled([2, 3, 4].map(scale));
  expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  const late = machine.onCondition(seen);
  const document = aDocument('shop', await machine.version('v2'));
  const failures = [late.apply({ document }), late.scale('shop', 1), late.remove('shop')].map(failureOf);
  expect((await Promise.all(failures)).map(({ code }) => code)).toEqual(
    failures.map(() => 'preconditionFailed'),
  );
  expect((await machine.record('shop')).deleting).toBe(false);
  await machine.onCondition(await asNow()).scale('shop', 1);
});

it('what changes while a version is built is seen before that is declared', async () => {
  const gate = machine.gate('slow');
  const document = aDocument('shop', await machine.version('v3'), { process: gate.process });
  const applied = failureOf(machine.onCondition(await asNow()).apply({ document }));
  await gate.begun();
  await machine.operations.scale('shop', 2);
  await gate.open();
  expect((await applied).code).toBe('preconditionFailed');
});
