import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Admitted } from '../../src/api/access/caller.ts';
import { ENDPOINTS } from '../../src/api/endpoints.ts';
import { startApiServer, type ApiServer } from '../../src/api/server.ts';
import { Dashboard } from '../../src/embedded/dashboard.ts';
import { holders } from '../../src/embedded/holders.ts';
import { BrowserSessions } from '../../src/embedded/sessions.ts';
import { Tokens } from '../../src/embedded/tokens.ts';
import { ACCESS_ROLES, type AccessRole } from '../../src/engine/access-role.ts';
import type { Author } from '../../src/engine/author.ts';
import type { StateStore } from '../../src/store/queries.ts';
import { openStore } from '../../src/store/store.ts';
import { fakeOperations, messages } from '../cli/fake.ts';
import { aView } from '../cli/views.ts';
import { FakeIssuer, signingKey, type SigningKey } from '../oidc/issuer.ts';
import { OPTIONS } from '../store/records.ts';
import { asks, cookieSetBy } from './asking.ts';
import { ENDPOINT_ROWS, type EndpointRow } from './endpoint-rows.ts';

type Name = keyof typeof ENDPOINTS;
const NAMES = Object.keys(ENDPOINTS) as Name[];
const ROOT: Author = { kind: 'user', name: 'root' };
const PAGE = { 'x-coalmine-request': 'dashboard', 'sec-fetch-site': 'same-origin' };

let dataDir: string;
let store: StateStore;
let tokens: Tokens;
let issuer: FakeIssuer;
let key: SigningKey;
let server: ApiServer;
let port: number;
const secrets = new Map<string, string>();

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'coalmine-who-may-'));
  store = await openStore(dataDir, OPTIONS);
  tokens = new Tokens(store, Date.now);
  issuer = await FakeIssuer.start();
  key = await signingKey('k1');
  issuer.keys = [key];
  server = await serve();
  port = Number(new URL(server.url ?? '').port);
  for (const role of ACCESS_ROLES) {
    for (const [name, rollouts] of Object.entries({ all: undefined, shop: ['shop'], web: ['web'] })) {
      const { secret } = await tokens.create(
        { name: `${role}-${name}`, role, ...(rollouts === undefined ? {} : { rollouts }) },
        ROOT,
      );
      secrets.set(`${role} ${name}`, secret);
    }
  }
});

afterAll(async () => {
  await server.close();
  await issuer.close();
  await store.close();
  await rm(dataDir, { recursive: true, force: true });
});

async function serve(): Promise<ApiServer> {
  const member = aView({ group: { name: 'all', order: 1, stays: false } });
  const fake = fakeOperations({
    list: () => Promise.resolve([member]),
    stream: (_, signal) => messages([], signal),
  });
  const sessions = new BrowserSessions({ store, tokens, now: Date.now });
  const dashboard = new Dashboard(sessions, () => 'http://127.0.0.1:1');
  const link = (caller: Admitted): Pick<typeof fake, 'createLink'> => ({
    // eslint-disable-next-line @typescript-eslint/require-await
    createLink: async (wanted) => dashboard.link(caller, wanted),
  });
  const claims = { name: 'sub', role: 'role' };
  const known = await holders(
    tokens,
    { issuer: issuer.url, audience: 'coalmine', claims },
    { signal: new AbortController().signal, tell: () => undefined },
  );
  return startApiServer({
    ...{ dataDir, port: 0 },
    access: {
      holderOf: known.holderOf,
      sessions,
      operationsFor: (caller) => ({ ...fake, ...link(caller) }),
    },
    onBug: (thrown) => {
      throw thrown;
    },
  });
}

const bearer = (role: AccessRole, scope = 'all'): Headers => ({
  authorization: `Bearer ${secrets.get(`${role} ${scope}`) ?? ''}`,
});

type Headers = Readonly<Record<string, string>>;

/** The cookie of a session that begins now. */
async function session(role: AccessRole, scope = 'all'): Promise<Headers> {
  const headers = bearer(role, scope);
  const begun = await asks(port, { method: 'POST', path: '/api/v1/session', headers });
  return { cookie: cookieSetBy(begun) ?? '' };
}

/** The status of what comes back, whose body nobody waits for: some never end. */
function status(name: Name, headers: Headers, socketPath?: string): Promise<number> {
  const { path, body, type = 'application/json' } = ENDPOINT_ROWS[name];
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const place = socketPath === undefined ? { host: '127.0.0.1', port } : { socketPath };
    const asked = request(
      {
        ...{ ...place, agent: false, method: ENDPOINTS[name].method, path: `/api/v1${path}` },
        headers: {
          ...headers,
          ...(body === undefined ? {} : { 'content-type': type, 'content-length': Buffer.byteLength(text) }),
        },
      },
      (response) => {
        resolve(response.statusCode ?? 0);
        response.destroy();
      },
    );
    asked.on('error', reject).end(text);
  });
}

/** `done`, or the status that it was refused with. */
async function outcome(name: Name, headers: Headers, socketPath?: string): Promise<'done' | number> {
  const got = await status(name, headers, socketPath);
  return got < 300 ? 'done' : got;
}

interface Who {
  readonly role: AccessRole;
  readonly scope?: 'all' | 'shop' | 'web';
  readonly by: 'socket' | 'token' | 'session';
}

function expected(row: EndpointRow, { role, scope = 'all', by }: Who): 'done' | number {
  const isEnough = ACCESS_ROLES.indexOf(role) >= ACCESS_ROLES.indexOf(row.role);
  const isReached = row.of === 'machine' ? scope === 'all' : row.of === 'own' ? scope !== 'web' : true;
  if (!isEnough || !isReached) return 403;
  return row.only === undefined || row.only.by.includes(by) ? 'done' : row.only.otherwise;
}

const changes = (name: Name): boolean => ENDPOINTS[name].method !== 'GET';

it('has a row for every endpoint', () => {
  expect(Object.keys(ENDPOINT_ROWS).sort()).toEqual([...NAMES].sort());
});

describe.each(NAMES)('%s', (name) => {
  const row = ENDPOINT_ROWS[name];

  it('is done for whoever opens the socket, and for a token there as over TCP', async () => {
    const { socketPath } = server;
    expect(await outcome(name, {}, socketPath)).toBe(expected(row, { role: 'admin', by: 'socket' }));
    // Where no browser comes, a session neither begins nor ends.
    if (name === 'logIn' || name === 'logOut') return;
    for (const role of ACCESS_ROLES) {
      expect(await outcome(name, bearer(role), socketPath)).toBe(expected(row, { role, by: 'token' }));
    }
  });

  it.each(['all', 'shop', 'web'] as const)(
    'is done by tokens and sessions of %s by their roles',
    async (scope) => {
      for (const role of ACCESS_ROLES) {
        const asToken = await outcome(name, bearer(role, scope));
        expect([role, asToken]).toEqual([role, expected(row, { role, scope, by: 'token' })]);
        const asSession = await outcome(name, { ...(await session(role, scope)), ...PAGE });
        expect([role, asSession]).toEqual([role, expected(row, { role, scope, by: 'session' })]);
      }
    },
  );

  it('is done by whom an identity provider vouches for, by the role that it says', async () => {
    for (const role of ACCESS_ROLES) {
      const authorization = `Bearer ${await issuer.token(key, { claims: { role } })}`;
      expect(await outcome(name, { authorization })).toBe(expected(row, { role, by: 'token' }));
    }
    const none = `Bearer ${await issuer.token(key)}`;
    expect(await outcome(name, { authorization: none })).toBe(403);
    const forged = `Bearer ${await issuer.token(await signingKey('k1'), { claims: { role: 'admin' } })}`;
    expect(await outcome(name, { authorization: forged })).toBe(401);
  });

  it('is done for nobody who does not say who he is', async () => {
    for (const headers of [{}, { 'coalmine-user': 'root' }, { cookie: `coalmine_session_${port}=guess` }]) {
      expect(await outcome(name, { ...headers, ...PAGE })).toBe(401);
    }
    expect(await outcome(name, { authorization: 'Basic cm9vdDpyb290' })).toBe(401);
    expect(await outcome(name, { authorization: 'Bearer coalmine_guess' })).toBe(401);
  });

  it('is not done for a page elsewhere, by whatever right', async () => {
    const cookie = await session('admin');
    const rights = [bearer('admin'), { ...cookie, ...PAGE }];
    for (const right of rights) {
      expect(await outcome(name, { ...right, host: `evil.example:${port}` })).toBe(403);
      expect(await outcome(name, { ...right, origin: 'http://evil.example' })).toBe(403);
      expect(await outcome(name, { ...right, origin: 'http://127.0.0.1:1' })).toBe(403);
      expect(await outcome(name, { ...right, origin: 'null' })).toBe(403);
    }
    for (const from of ['cross-site', 'same-site']) {
      expect(await outcome(name, { ...cookie, ...PAGE, 'sec-fetch-site': from })).toBe(403);
    }
  });

  it.runIf(changes(name))('is not done by a cookie alone, which a browser sends by itself', async () => {
    const cookie = await session('admin');
    expect(await outcome(name, cookie)).toBe(403);
    expect(await outcome(name, { ...cookie, origin: `http://127.0.0.1:${port}` })).toBe(403);
    expect(await outcome(name, { ...cookie, 'sec-fetch-site': 'same-origin' })).toBe(403);
    expect(await outcome(name, { ...cookie, 'x-coalmine-request': 'dashboard' })).toBe(403);
  });

  it('is not done by a right that has ended', async () => {
    const cookie = await session('admin');
    await asks(port, { method: 'DELETE', path: '/api/v1/session', headers: { ...cookie, ...PAGE } });
    expect(await outcome(name, { ...cookie, ...PAGE })).toBe(401);
    const { secret } = await tokens.create({ name: 'leaver', role: 'admin' }, ROOT);
    const authorization = `Bearer ${secret}`;
    const begun = await asks(port, { method: 'POST', path: '/api/v1/session', headers: { authorization } });
    await tokens.revoke('leaver', ROOT);
    expect(await outcome(name, { authorization })).toBe(401);
    expect(await outcome(name, { cookie: cookieSetBy(begun) ?? '', ...PAGE })).toBe(401);
  });
});

it('the guide’s table says the same, row by row', async () => {
  const guide = await readFile('docs/guides/access.md', 'utf8');
  const told = new Map<string, readonly string[]>();
  for (const line of guide.split('\n').filter((one) => /^\| .*`[a-zA-Z]+`/.test(one))) {
    const [, names = '', ...marks] = line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
    for (const [, name = ''] of names.matchAll(/`([a-zA-Z]+)`/g)) told.set(name, marks);
  }
  const OTHERS = { own: '', seen: 'not shown', nobody: 'yes', machine: '' };
  const rows = NAMES.map((name) => {
    const { role, of } = ENDPOINT_ROWS[name];
    const marks = ACCESS_ROLES.map((one, index) => (index >= ACCESS_ROLES.indexOf(role) ? 'yes' : ''));
    return [name, [...marks, OTHERS[of]]] as const;
  });
  expect(Object.fromEntries(told)).toEqual(Object.fromEntries(rows));
});
