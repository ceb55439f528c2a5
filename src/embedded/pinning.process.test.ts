import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildGateway, kill, type BuiltGateway } from '../../test/gateway.ts';
import type { RevisionId } from '../rollout/model.ts';
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

/** How often an instance was asked for a path. */
async function asked(rollout: string, revision: RevisionId, path: string): Promise<number> {
  return (await machine.ask(rollout, revision))?.asked[path] ?? 0;
}

const HELD = {
  traffic: { gateway: { host: 'held.test' } },
  strategy: { canary: { steps: [{ weight: '50%' }, { pause: {} }] } },
};

it('asks each version for its own readiness, so that a new one does not make the old one unready', async () => {
  const probed = (version: string) => ({ ready: { http: `/ready-${version}`, every: '100ms', failures: 1 } });
  const document = async (version: string) =>
    aDocument('held', await machine.version(version), { process: probed(version), spec: HELD });
  const { revision: first } = await machine.apply(await document('v1'));
  await machine.untilStable('held', first);
  const { revision: second } = await machine.apply(await document('v2'));
  await machine.until(async () => (await asked('held', second, '/ready-v2')) > 0);

  const before = await asked('held', first, '/ready-v1');
  await machine.until(async () => (await asked('held', first, '/ready-v1')) >= before + 5);
  expect(await asked('held', first, '/ready-v2')).toBe(0);
  expect(await asked('held', second, '/ready-v1')).toBe(0);
  const { groups } = await machine.operations.get('held');
  expect(groups.map(({ revision, ready }) => [revision, ready])).toEqual([
    [first, 1],
    [second, 1],
  ]);
});

it('keeps the settings of each version over a restart of the control process', async () => {
  const stable = (await machine.record('held')).status.stable as RevisionId;
  await machine.stop(false);
  await machine.start();
  await machine.until(async () => (await asked('held', stable, '/ready-v1')) > 0);
  const before = await asked('held', stable, '/ready-v1');
  await machine.until(async () => (await asked('held', stable, '/ready-v1')) >= before + 5);
  expect(await asked('held', stable, '/ready-v2')).toBe(0);
});

it('gives a revision the settings it is declared with again', async () => {
  const from = await machine.version('v3');
  const { revision } = await machine.apply(aDocument('again', from));
  await machine.untilStable('again', revision);
  const changed = aDocument('again', from, { process: { ready: { http: '/ready-v3', every: '100ms' } } });
  expect(await machine.apply(changed)).toMatchObject({ revision, released: false });
  await machine.until(async () => (await asked('again', revision, '/ready-v3')) > 0);
});

it('runs a pinned revision in its copy, also when a live directory is declared since', async () => {
  const from = await machine.version('v4');
  const { revision: pinned } = await machine.apply(aDocument('lively', from));
  await machine.untilStable('lively', pinned);
  const live = aDocument('lively', from, { process: { from: { live: from } } });
  const { revision } = await machine.apply(live);
  await machine.untilStable('lively', revision);
  expect((await machine.ask('lively', revision))?.cwd).toBe(from);

  await machine.operations.steer('lively', { verb: 'undo' });
  await machine.untilStable('lively', pinned);
  expect((await machine.ask('lively', pinned))?.cwd).toBe(join(machine.dataDir, 'revisions', pinned));
});

it('reports a revision of which nothing is kept as failing', async () => {
  const { revision } = await machine.apply(aDocument('lost', await machine.version('v5')));
  await machine.untilStable('lost', revision);
  const [instance] = await machine.runtime.supervisor.instances('lost');
  await machine.stop(false);
  kill(instance?.pid ?? 0);
  const revisions = join(machine.dataDir, 'revisions');
  await rm(join(revisions, revision), { recursive: true });
  await rm(join(revisions, `${revision}.env.json`));
  await machine.start();
  await machine.until(async () => (await machine.record('lost')).status.phase === 'Degraded');
  await machine.until(async () =>
    (await machine.record('lost')).status.message.includes(`nothing of ${revision} is kept`),
  );

  // Declared again from its source it can be started again.
  await machine.apply(aDocument('lost', await machine.version('v5')));
  await machine.untilStable('lost', revision);
});
