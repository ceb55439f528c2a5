import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { asks, cookieSetBy } from '../api/asking.ts';
import { FakeIssuer, signingKey } from '../oidc/issuer.ts';
import { freePort, Site } from './site.ts';

const PAGE = { 'x-coalmine-request': 'dashboard', 'sec-fetch-site': 'same-origin' };

let site: Site;
let port: number;

beforeEach(async () => {
  site = await Site.create();
  port = await freePort();
});

afterEach(async () => {
  await site.destroy();
});

async function statusOf(cookie: string): Promise<number> {
  return (await asks(port, { path: '/api/v1/rollouts', headers: { cookie, ...PAGE } })).status;
}

it('a session by a link outlasts the death of control, and no secret of it is written anywhere', async () => {
  await site.up('--api-port', String(port));
  const link = (await site.ok('dashboard', '--role', 'viewer')).out.trim();
  const { pathname, search, host } = new URL(link);
  expect(host).toBe(`127.0.0.1:${port}`);
  const entered = await asks(port, { path: `${pathname}${search}` });
  const cookie = cookieSetBy(entered) ?? '';
  expect([entered.status, entered.headers.location, await statusOf(cookie)]).toEqual([303, '/', 200]);

  await site.killControl();
  await site.up('--api-port', String(port));
  expect(await statusOf(cookie)).toBe(200);
  expect((await asks(port, { path: `${pathname}${search}` })).status).toBe(401);
  const steer = { method: 'POST', path: '/api/v1/rollouts/shop/steer', body: { verb: 'pause' } };
  expect((await asks(port, { ...steer, headers: { cookie, ...PAGE } })).status).toBe(403);

  const other = await asks(port, {
    path: (await site.ok('dashboard')).out.trim().replace(/^http:..[^/]*/, ''),
  });
  expect(await statusOf(cookieSetBy(other) ?? '')).toBe(200);
  const [{ id } = { id: '' }] = await site.json<{ id: string }[]>('session', 'list');
  await site.ok('session', 'end', id);
  expect([await statusOf(cookieSetBy(other) ?? ''), await statusOf(cookie)]).toEqual([401, 200]);
  await asks(port, { method: 'DELETE', path: '/api/v1/session', headers: { cookie, ...PAGE } });
  expect(await statusOf(cookie)).toBe(401);
  const kept = await Promise.all(
    ['coalmine.db', 'coalmine.db-wal'].map((name) =>
      readFile(path.join(site.dataDir, name), 'latin1').catch(() => ''),
    ),
  );
  for (const text of [...kept, await site.logs()]) {
    expect(text).not.toContain(search.slice('?code='.length));
    expect(text).not.toContain(cookie.split('=')[1]);
  }
});

it('a pipeline comes with the token of its identity provider, over TCP and by the command', async () => {
  const issuer = await FakeIssuer.start();
  try {
    const key = await signingKey('k1');
    issuer.keys = [key];
    const oidc = ['--oidc-issuer', issuer.url, '--oidc-audience', 'coalmine', '--oidc-role-claim', 'role'];
    await site.up('--api-port', String(port), ...oidc);
    const token = await issuer.token(key, { claims: { role: 'operator', sub: 'repo:org/shop' } });
    const shown = await asks(port, {
      path: '/api/v1/session',
      headers: { authorization: `Bearer ${token}` },
    });
    expect(JSON.parse(shown.text)).toMatchObject({ name: 'repo%3Aorg/shop', role: 'operator', by: 'token' });
    site.env = { COALMINE_TOKEN: token };
    expect((await site.run('get')).code).toBe(0);
    expect((await site.run('token', 'list')).code).toBe(8);
    const late = await issuer.token(key, { claims: { role: 'operator', exp: 1 } });
    site.env = { COALMINE_TOKEN: late };
    const refused = await site.run('get');
    expect([refused.code, refused.err]).toEqual([8, expect.stringContaining('the token has expired')]);
    site.env = {};
    expect(await site.logs()).not.toContain(token);
  } finally {
    await issuer.close();
  }
});
