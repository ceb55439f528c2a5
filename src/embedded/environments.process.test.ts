import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildGateway, failureOf, type BuiltGateway } from '../../test/gateway.ts';
import type { JsonObject } from '../base/json.ts';
import type { RevisionId } from '../rollout/model.ts';
import { aDocument, Machine } from './testing/machine.ts';

let gateway: BuiltGateway;
let machine: Machine;
/** A line for each build. */
let builds: string;
/** What staging runs. */
let tested: RevisionId;

const BUILD = "fs.writeFileSync('built', ''); fs.appendFileSync(process.env.BUILDS, 'x')";

function staging(from: string, spec: JsonObject = {}): JsonObject {
  const process_ = { build: [process.execPath, '-e', BUILD], env: { BUILDS: builds, STAGE: 'staging' } };
  return aDocument('staging', from, { process: process_, spec: { history: { keep: 1 }, ...spec } });
}

/** Its own environment, and what another Rollout runs. */
function production(from: JsonObject, spec: JsonObject = {}): JsonObject {
  return aDocument('production', '', { process: { from, env: { STAGE: 'production' } }, spec });
}

async function test(version: string): Promise<RevisionId> {
  const { revision } = await machine.apply(staging(await machine.version(version)));
  await machine.untilStable('staging', revision);
  return revision;
}

const directory = (revision: RevisionId): string => join(machine.dataDir, 'revisions', revision);
const wanted = async (): Promise<RevisionId | undefined> =>
  (await machine.record('production')).wanted?.revision;

beforeAll(async () => {
  gateway = await buildGateway();
  machine = await Machine.make(gateway.entry);
  builds = join(machine.home, 'builds');
}, 60_000);

afterAll(async () => {
  await machine.dispose();
  await gateway.dispose();
});

it('runs what another Rollout runs, as it was built there, in its own environment', async () => {
  tested = await test('v1');
  await writeFile(join(directory(tested), 'written-by-staging'), '');
  const { revision } = await machine.apply(
    production(
      { rollout: 'staging', revision: tested },
      {
        gates: [
          { name: 'first', at: 'start', rollout: { name: 'staging', phase: 'Healthy', same: 'artefact' } },
        ],
      },
    ),
  );
  await machine.untilStable('production', revision);
  expect(revision).not.toBe(tested);
  expect(await machine.ask('production', revision)).toMatchObject({
    version: 'v1',
    cwd: directory(revision),
  });
  expect(existsSync(join(directory(revision), 'built'))).toBe(true);
  expect(existsSync(join(directory(revision), 'written-by-staging'))).toBe(false);
  expect(await readFile(builds, 'utf8')).toBe('x');
});

it('keeps what a Rollout says it is made of, and takes it again', async () => {
  const next = await test('v2');
  await test('v3');
  await test('v4');
  await machine.until(async () => !(await machine.artefacts()).includes(next));
  expect(await machine.artefacts()).toContain(tested);
  const { released } = await machine.apply(production({ rollout: 'staging', revision: tested }));
  expect(released).toBe(false);
});

it('refuses what is not what it was, or was never trusted there', async () => {
  const stable = (await machine.record('staging')).status.stable!;
  await writeFile(join(directory(stable), 'version'), 'changed');
  const ask = (revision: string) =>
    failureOf(machine.operations.release('production', { fromRollout: 'staging', revision }));
  expect(await ask(stable)).toMatchObject({
    code: 'badArtefact',
    message: `version of ${stable} is not what it was when ${stable} was made`,
  });
  expect(await ask('r1-0')).toMatchObject({ code: 'notFound' });
  expect(await failureOf(machine.operations.release('production', { fromRollout: 'nobody' }))).toMatchObject({
    code: 'notFound',
  });
  expect(await failureOf(machine.operations.release('production', { revision: '1' }))).toMatchObject({
    code: 'usage',
  });
  await machine.apply(staging(await machine.version('bad', ['stubborn']), { deadline: '1h', suspend: true }));
  const bad = (await machine.record('staging')).wanted!.revision;
  expect((await ask(bad)).message).toMatch(/no revision|never promoted/);
});

it('says what a release would bring, and does nothing', async () => {
  const before = await machine.record('production');
  const fresh = await test('v5');
  const view = await machine.operations.release('production', { fromRollout: 'staging', dryRun: true });
  expect(view.released).toBe(true);
  expect((await machine.record('production')).document).toBe(before.document);
  await machine.operations.release('production', { fromRollout: 'staging' });
  await machine.untilStable('production', view.revision);
  expect(JSON.parse((await machine.record('production')).document)).toMatchObject({
    spec: { workload: { process: { from: { rollout: 'staging', revision: fresh } } } },
  });
});

it('releases by itself what becomes stable in the Rollout that it follows, and not again what was undone', async () => {
  await machine.apply(production({ rollout: 'staging' }));
  const before = await wanted();
  await test('v6');
  await machine.until(async () => (await wanted()) !== before);
  const followed = (await wanted())!;
  await machine.untilStable('production', followed);
  expect((await machine.ask('production', followed))?.version).toBe('v6');
  await machine.operations.steer('production', { verb: 'undo' });
  await machine.untilStable('production', before!);
  await machine.stop(false);
  // What becomes stable meanwhile is seen at the next start.
  await machine.start();
  await machine.untilStable('production', before!);
  const last = await test('v7');
  await machine.until(async () => ![before, followed].includes(await wanted()));
  await machine.untilStable('production', (await wanted())!);
  expect(last).not.toBe(await wanted());
});

it('tells, once, that what it follows cannot be released, and goes on once it can be', async () => {
  await machine.apply(production({ rollout: 'staging' }));
  await machine.untilStable('production', (await wanted())!);
  const changing = [process.execPath, '-e', "fs.writeFileSync('version', 'changed')"];
  const hooks = [{ name: 'change', at: 'beforeTraffic', command: changing }];
  await machine.apply(staging(await machine.version('v8'), { hooks }));
  const followingNow = async () => (await machine.operations.get('production')).following;
  await machine.until(async () => (await followingNow())?.problem !== undefined);
  expect(await followingNow()).toMatchObject({ rollout: 'staging', problem: { reason: 'badArtefact' } });
  const events = await machine.operations.events({ rollout: 'production' });
  expect(events.filter(({ type }) => type === 'FollowFailed')).toMatchObject([
    { message: expect.stringContaining('is not what it was when') as string },
  ]);
  const before = await wanted();
  await test('v9');
  await machine.until(async () => (await wanted()) !== before);
  await machine.until(async () => (await followingNow())?.problem === undefined);
});

it('says what to do where there is nothing to take yet', async () => {
  const { revision } = await machine.apply(
    aDocument('early', await machine.version('early'), { spec: { suspend: true } }),
  );
  expect(revision).toBeDefined();
  const failure = await failureOf(machine.apply(production({ rollout: 'early' })));
  expect(failure).toMatchObject({
    code: 'conflict',
    message: 'early runs nothing yet that could be released elsewhere',
  });
  await rm(builds);
});
