import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Crowd } from './crowd.ts';
import { Site, until } from './site.ts';

interface View {
  readonly phase: string;
  readonly stable: string;
  readonly release?: object;
  readonly groups: readonly {
    readonly revision: string;
    readonly ready: number;
    readonly instances: readonly { readonly pid: number }[];
  }[];
}

let site: Site;
/** Users as they are. */
let everybody: Crowd;
/** Those who ask for the preview. */
let audience: Crowd;
/** The revision of the first version. */
let first: string;

const view = (): Promise<View> => site.api<View>('rollouts/shop');
const pidsOf = ({ groups }: View): readonly number[] =>
  groups.flatMap(({ instances }) => instances.map(({ pid }) => pid));

/** A line for each time a version was built. */
async function builds(): Promise<number> {
  return (await readFile(path.join(site.dir, 'builds'), 'utf8')).trim().split('\n').length;
}

/** Releases a version, until its audience has it. */
async function preview(version: string): Promise<void> {
  await site.ok('release', 'shop', '--from', await site.artefact({ version }));
  await until(`${version} is previewed`, async () => (await view()).phase === 'Paused');
  await audience.round();
  expect(audience.on(version)).toBe(audience.users.length);
}

/** Everybody gets this version, and nobody another. */
async function everybodyIsOn(version: string): Promise<void> {
  await until('nothing is under way', async () => (await view()).release === undefined);
  await everybody.round();
  await audience.round();
  expect([everybody.on(version), audience.on(version)]).toEqual([
    everybody.users.length,
    audience.users.length,
  ]);
}

/** Waits until what serves is all there is. */
function runsAlone(): Promise<void> {
  return until('one version runs', async () => (await view()).groups.length === 1);
}

/** All versions that any of them met, in this order and no other. */
function paths(crowd: Crowd): readonly string[] {
  return [...new Set(crowd.users.map((user) => user.path.join(' ')))];
}

beforeAll(async () => {
  site = await Site.create();
  const from = await site.artefact({ version: 'v1' });
  const build = `[sh, -c, 'echo built >> ${site.dir}/builds']`;
  await site.declare(
    { version: 'v1' },
    {
      workload: `{ process: { from: ${from}, build: ${build}, command: [node, server.mjs], replicas: 2, ready: { http: /healthz, within: 5s }, stop: { drain: 3s } } }`,
      strategy:
        '{ blueGreen: { preview: { match: [{ header: { name: x-preview, exact: "1" } }] }, bake: 1s, keepStable: 10m } }',
      analysis:
        '{ warmUp: 0s, checks: [{ name: errors, errors: {}, max: 10%, every: 1s, failures: { limit: 0 } }] }',
    },
  );
  await site.up();
  await site.ok('apply', '--wait', '--timeout', '30s');
  first = (await view()).stable;
  everybody = new Crowd(await site.address(), 6);
  audience = new Crowd(await site.address(), 2, { 'x-preview': '1' });
  everybody.arrive(50);
  audience.arrive(50);
});

afterAll(async () => {
  await everybody.leave();
  await audience.leave();
  await site.destroy();
});

describe('blue/green with a preview for an audience', () => {
  it('shows the new version to its audience and to nobody else, and an abort takes it from them', async () => {
    await preview('v2');
    await everybody.round();
    await site.ok('abort', 'shop');
    await everybodyIsOn('v1');
    expect([paths(everybody), paths(audience)]).toEqual([['v1'], ['v1 v2 v1']]);
  });

  it('switches everybody at once, bakes, and goes back without a process being started', async () => {
    await runsAlone();
    const before = pidsOf(await view());
    await preview('v3');
    await site.ok('resume', 'shop');
    await everybodyIsOn('v3');
    const both = await view();
    expect(both.groups.map(({ ready }) => ready)).toEqual([2, 2]);
    await site.ok('undo', 'shop');
    await everybodyIsOn('v1');
    await runsAlone();
    const after = await view();
    expect([after.stable, [...pidsOf(after)].sort()]).toEqual([first, [...before].sort()]);
  });

  it('goes back to a version older than the last, of which nothing is left but what was pinned', async () => {
    for (const version of ['v4', 'v5']) {
      await preview(version);
      await site.ok('resume', 'shop');
      await everybodyIsOn(version);
    }
    await rm(await site.artefact({ version: 'v1' }), { recursive: true });
    expect((await view()).groups.map(({ revision }) => revision)).not.toContain(first);
    expect(await builds()).toBe(5);
    await site.ok('undo', 'shop', '--to', first);
    await until('the first version is stable again', async () => (await view()).stable === first);
    await everybodyIsOn('v1');
    expect(await builds()).toBe(5);
  });

  it('costs no request, and nobody meets a version out of its turn', () => {
    expect([everybody.failures(), audience.failures()]).toEqual([[], []]);
    expect(paths(everybody)).toEqual(['v1 v3 v1 v4 v5 v1']);
    expect(paths(audience)).toEqual(['v1 v2 v1 v3 v1 v4 v5 v1']);
  });
});
