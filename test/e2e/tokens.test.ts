import { writeFile } from 'node:fs/promises';
import { request, type ClientRequest } from 'node:http';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { AuditView, EventView, HistoryView } from '../../src/api/resources.ts';
import { UPLOAD_TYPE } from '../../src/api/upload-limits.ts';
import { Site, until } from './site.ts';

let site: Site;

beforeEach(async () => {
  site = await Site.create();
});

afterEach(async () => {
  await site.destroy();
});

async function token(name: string, ...options: readonly string[]): Promise<string> {
  const { secret } = await site.json<{ secret: string }>('token', 'create', name, ...options);
  return secret;
}

/** Begins to send a file, whose end never comes. */
function beginUpload(): ClientRequest {
  const upload = request({
    socketPath: path.join(site.dataDir, 'control.sock'),
    path: '/api/v1/uploads?kind=artefact',
    method: 'POST',
    headers: { 'content-type': UPLOAD_TYPE },
  });
  upload.on('error', () => undefined).write('the beginning');
  return upload;
}

/** Runs a command as the holder of a token. */
async function as(secret: string, ...args: readonly string[]) {
  site.env = { COALMINE_TOKEN: secret };
  const ran = await site.run(...args);
  site.env = { USER: 'root-of-it' };
  for (const text of [ran.out, ran.err]) expect(text).not.toContain(secret);
  return ran;
}

it('a gate for a group hears its token-holders alone, and everything has its author', async () => {
  const gates =
    '[{ name: sre, at: switch, approval: { by: ["group:managers", ana], count: 2, within: 4h } }]';
  const more = { strategy: '{ blueGreen: { bake: 0s, keepStable: 0s } }', analysis: '', gates };
  await site.declare({ version: 'v1' }, more);
  site.env = { USER: 'root-of-it' };
  await site.up();
  await site.ok('apply', '--wait', '--timeout', '60s');
  const ci = await token('ci', '--role', 'operator', '--rollout', 'shop');
  const ana = await token('ana', '--role', 'operator');
  const eve = await token('eve', '--role', 'operator', '--group', 'managers', '--expires', '1h');
  const other = await token('other', '--role', 'admin', '--rollout', 'web');
  const viewer = await token('viewer', '--role', 'viewer', '--group', 'managers');

  expect((await as(viewer, 'release', 'shop', '--insist')).code).toBe(8);
  expect((await as(ci, 'apply')).code).toBe(8);
  expect((await as(other, 'get', 'shop')).code).toBe(8);
  expect((await as(ci, 'release', 'shop', '--set', 'gates=[]')).code).toBe(8);
  expect((await as(`${ci.slice(0, -4)}AAAA`, 'get')).err).toContain('the token is not known here');
  const from = await site.artefact({ version: 'v2' });
  expect((await as(ci, 'release', 'shop', '--from', from)).code).toBe(0);
  await until('it waits at the gate', async () => {
    return (await site.api<{ phase: string }>('rollouts/shop')).phase === 'Waiting';
  });

  expect((await site.run('approve', 'shop', '--as', 'ana')).code).toBe(8);
  expect((await as(viewer, 'approve', 'shop')).code).toBe(8);
  expect((await as(ci, 'approve', 'shop')).err).toContain('ci has no say at the gate sre');
  expect((await as(ana, 'approve', 'shop', 'sre')).code).toBe(0);
  await site.ok('token', 'revoke', 'ana');
  expect((await as(ana, 'get')).err).toContain('the token ana was revoked');
  const upload = beginUpload();
  const newest = async () => (await site.api<AuditView[]>('audit?limit=1'))[0];
  await until('it is written down', async () => (await newest())?.operation === 'upload');
  expect(await newest()).not.toHaveProperty('outcome');
  await site.killControl();
  upload.destroy();
  await site.up();
  expect((await site.ok('audit', '--limit', '1')).out).toMatch(/ upload +- +unknown /);
  await writeFile(path.join(site.dir, 'eve.token'), `${eve}\n`);
  await site.ok('--token-file', 'eve.token', 'approve', 'shop');
  await site.ok('wait', 'shop', '--timeout', '60s');

  const [last] = await site.api<HistoryView[]>('rollouts/shop/releases');
  expect([last?.outcome, last?.by]).toEqual(['promoted', { kind: 'token', name: 'ci' }]);
  const events = await site.json<EventView[]>('events', 'shop');
  const asked = events.flatMap(({ type, by }) => (by === undefined ? [] : [`${type} ${by.kind} ${by.name}`]));
  expect(asked.slice(0, 2)).toEqual([
    expect.stringMatching(/^Declared user /),
    expect.stringMatching(/^ReleaseStarted user /),
  ]);
  expect(asked.slice(2)).toEqual([
    'Declared token ci',
    'ReleaseStarted token ci',
    'Approved token ana',
    'Approved token eve',
  ]);
  expect((await site.ok('token', 'list')).out).toMatch(
    /ana +operator +all +- +revoked .* by root-of-it \(claimed\)/,
  );
});
