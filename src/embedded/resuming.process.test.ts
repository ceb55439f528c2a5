import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildGateway, type BuiltGateway } from '../../test/gateway.ts';
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

it('a reader that comes back after a restart is sent every event since the last that it had', async () => {
  const { revision } = await machine.apply(aDocument('shop', await machine.version('v1')));
  await machine.untilStable('shop', revision);
  const [first, ...missed] = await machine.operations.events({ rollout: 'shop', after: 0 });
  expect(missed.length).toBeGreaterThan(1);
  await machine.stop(false);
  await machine.start();
  await machine.operations.scale('shop', 2);
  const ids: number[] = [];
  const end = new AbortController();
  for await (const message of machine.operations.stream({ after: first!.id }, end.signal)) {
    if (message.kind !== 'event') continue;
    ids.push(message.event.id);
    if (message.event.type === 'Declared') end.abort();
  }
  const all = await machine.operations.events({ rollout: 'shop', after: first!.id });
  expect(ids).toEqual(all.map(({ id }) => id).slice(0, ids.length));
  expect(ids.length).toBeGreaterThan(missed.length);
});
