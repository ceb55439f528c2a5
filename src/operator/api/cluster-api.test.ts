import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { asks, cookieSetBy, type Answered, type Asked } from '../../../test/api/asking.ts';
import type { EventView, RolloutView, SessionView } from '../../api/resources.ts';
import type { Json, JsonObject } from '../../base/json.ts';
import { fixedCredentials } from '../../kube/access.ts';
import type { KubeClient, Selection } from '../../kube/client.ts';
import type { ObjectKey } from '../../kube/object.ts';
import type { Resource } from '../../kube/resource.ts';
import { CONFIGS } from '../../workloads/deployment/objects.ts';
import { silentLog } from '../../telemetry/log.ts';
import { ROLLOUTS } from '../objects.ts';
import { ConfigMapInMemory } from '../testing/config-map.ts';
import { clusterApi, type ApiOfCluster } from './cluster-api.ts';
import { SealedSessions } from './sealed-sessions.ts';

const SEES = ['get', 'list', 'watch'];
/** What accounts may do, by the namespace; `*`: in all. A token is called as its account. */
const MAY: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  ana: { '*': SEES },
  ben: { web: [...SEES, 'patch'], shop: SEES },
  eve: {},
};
const PLACES = ['shop', 'web', 'mail'];
const KEY = 'key-of-the-installation';
const PAGE = { 'x-coalmine-request': 'dashboard', 'sec-fetch-site': 'same-origin' };

const ENDED = new ConfigMapInMemory();
/** Answers reviews by the table, and has a Rollout `api` in each namespace. */
const CLUSTER: Pick<KubeClient, 'create' | 'list' | 'get' | 'replace'> = {
  replace: (of, object, signal) => ENDED.client.replace(of, object, signal),
  create: (of, object, signal) =>
    of.kind === CONFIGS.ConfigMap.kind
      ? ENDED.client.create(of, object, signal)
      : Promise.resolve(reviewed(object as unknown as JsonObject) as never),
  list: ((of: Resource, { namespace }: Selection) => {
    const items = of.kind === ROLLOUTS.kind ? rolloutsIn(namespace) : [];
    return Promise.resolve({ items, resourceVersion: '1' });
  }) as unknown as KubeClient['list'],
  get: ((of: Resource, key: ObjectKey, signal: AbortSignal) =>
    of.kind === CONFIGS.ConfigMap.kind
      ? ENDED.client.get(of, key, signal)
      : Promise.resolve(rolloutsIn(key.namespace)[0])) as unknown as KubeClient['get'],
};

function rolloutsIn(namespace: string | undefined) {
  const places = PLACES.filter((place) => namespace === undefined || place === namespace);
  return places.map((place) => ({ metadata: { name: 'api', namespace: place }, spec: {} }));
}

function reviewed({ spec }: JsonObject): Json {
  const { token, user, resourceAttributes } = spec as {
    readonly token?: string;
    readonly user?: string;
    readonly resourceAttributes?: { readonly verb: string; readonly namespace?: string };
  };
  if (user === undefined)
    return { status: { authenticated: Object.hasOwn(MAY, token ?? ''), user: { username: token ?? '' } } };
  const { verb = '', namespace = '*' } = resourceAttributes ?? {};
  const rights = MAY[user] ?? {};
  return { status: { allowed: [...(rights[namespace] ?? []), ...(rights['*'] ?? [])].includes(verb) } };
}

function serverWith(options: Partial<Parameters<typeof clusterApi>[0]> = {}): ApiOfCluster {
  return clusterApi({
    client: CLUSTER as KubeClient,
    // Nothing answers there: what is let through to be written fails, and is told from what is refused.
    access: { server: 'https://127.0.0.1:1', namespace: 'web', credentials: fixedCredentials({}) },
    namespace: 'coalmine-system',
    keyOf: () => Promise.resolve(KEY),
    cluster: 'east',
    hosts: ['deploy.example.com'],
    log: silentLog,
    openApi: () => Promise.resolve('{}'),
    ...options,
  });
}

let api: ApiOfCluster;
let port: number;
const others: ApiOfCluster[] = [];

async function listening(server: ApiOfCluster): Promise<number> {
  server.server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  return (server.server.address() as AddressInfo).port;
}

async function another(options: Parameters<typeof serverWith>[0]): Promise<number> {
  const one = serverWith(options);
  others.push(one);
  return listening(one);
}

beforeAll(async () => {
  api = serverWith();
  port = await listening(api);
});
afterAll(async () => {
  await Promise.all([api, ...others].map((one) => one.close()));
});

const ask = (asked: Asked, at = port): Promise<Answered> => asks(at, asked);
const bearer = (who: string) => ({ authorization: `Bearer ${who}` });

async function cookieOf(who: string, at = port): Promise<string> {
  const answer = await ask(
    { method: 'POST', path: '/api/v1/session', headers: { ...bearer(who), ...PAGE } },
    at,
  );
  expect(answer.status).toBe(200);
  return cookieSetBy(answer) ?? '';
}

const status = async (asked: Asked, at = port): Promise<number> => (await ask(asked, at)).status;

/** Who gets which answer, by token and by cookie alike; 422: he may, and the Rollout is not one that has listeners. */
const ROWS: readonly (readonly [string, string, 'GET' | 'POST', Readonly<Record<string, number>>])[] = [
  ['all namespaces', '/api/v1/rollouts', 'GET', { ana: 200, ben: 403, eve: 403 }],
  ['what happened in all', '/api/v1/events', 'GET', { ana: 200, ben: 403, eve: 403 }],
  ['who he is', '/api/v1/session', 'GET', { ana: 200, ben: 200, eve: 200 }],
  ['two namespaces', '/namespaces/web,shop/api/v1/rollouts', 'GET', { ana: 200, ben: 200, eve: 403 }],
  ['two, of which one is not his', '/namespaces/web,mail/api/v1/rollouts', 'GET', { ana: 200, ben: 403 }],
  ['one namespace', '/namespaces/web/api/v1/rollouts', 'GET', { ana: 200, ben: 200, eve: 403 }],
  ['a Rollout', '/namespaces/web/api/v1/rollouts/api', 'GET', { ana: 200, ben: 200, eve: 403 }],
  ['a Rollout of no namespace', '/api/v1/rollouts/api', 'GET', { ana: 400, ben: 400, eve: 400 }],
  ['a Rollout of two', '/namespaces/web,shop/api/v1/rollouts/api', 'GET', { ana: 400, ben: 400 }],
  ['trying', '/namespaces/web/api/v1/rollouts/api/listeners/trial', 'POST', { ana: 403, ben: 422, eve: 403 }],
  ['steering', '/namespaces/web/api/v1/rollouts/api/steer', 'POST', { ana: 403, eve: 403 }],
  ['steering where he only sees', '/namespaces/shop/api/v1/rollouts/api/steer', 'POST', { ben: 403 }],
  ['steering in two', '/namespaces/web,shop/api/v1/rollouts/api/steer', 'POST', { ana: 400, ben: 400 }],
];

describe.each(ROWS)('%s', (...[, path, method, expected]) => {
  const asked = path.endsWith('/steer') ? { verb: 'pause' } : {};
  const body = method === 'POST' ? asked : undefined;

  it.each(Object.entries(expected))(
    'are answered for %s with %i, by token and by cookie',
    async (who, code) => {
      expect(await status({ method, path, headers: bearer(who), body })).toBe(code);
      const cookie = await cookieOf(who);
      expect(await status({ method, path, headers: { cookie, ...PAGE }, body })).toBe(code);
    },
  );

  it('are for nobody who does not say who he is', async () => {
    const guessed = { cookie: `coalmine_session_${port}=guess` };
    const raw = { cookie: `coalmine_session_${port}=ana` };
    for (const headers of [{}, PAGE, { ...guessed, ...PAGE }, { ...raw, ...PAGE }, bearer('nobody')])
      expect(await status({ method, path, headers, body })).toBe(401);
  });

  it('are not for pages of another site, whatever the browser sends along', async () => {
    const cookie = await cookieOf('ana');
    const own = { cookie, ...PAGE };
    const foreign = [
      { ...own, origin: 'https://evil.example' },
      { ...own, origin: `http://127.0.0.1:1` },
      { ...own, origin: 'null' },
      { ...own, host: `evil.example:${port}` },
      { ...own, 'sec-fetch-site': 'cross-site' },
      { ...own, 'sec-fetch-site': 'same-site' },
      { ...bearer('ana'), origin: 'https://evil.example' },
    ];
    for (const headers of foreign) expect(await status({ method, path, headers, body })).toBe(403);
  });

  it.runIf(method === 'POST')('are not done by a cookie alone', async () => {
    const cookie = await cookieOf('ben');
    const lacking = [{}, { 'sec-fetch-site': 'same-origin' }, { 'x-coalmine-request': 'dashboard' }];
    for (const headers of lacking)
      expect(await status({ method, path, headers: { cookie, ...headers }, body })).toBe(403);
  });
});

/** The same bytes in other letters: what is left over of the last one counts for nothing. */
function otherSpellings(cookie: string): readonly string[] {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const bytes = (text: string) => Buffer.from(text.split('=')[1] ?? '', 'base64url').toString('hex');
  const all = [...Array.from(letters, (letter) => `${cookie.slice(0, -1)}${letter}`), `${cookie}A`];
  return all.filter((one) => one !== cookie && bytes(one) === bytes(cookie));
}

describe('a session on a cluster', () => {
  const path = '/namespaces/web/api/v1/rollouts';
  const by = (cookie: string): Asked => ({ path, headers: { cookie, ...PAGE } });

  it('is a cookie that no script gets, and that does not show the token', async () => {
    const answer = await ask({ method: 'POST', path: '/api/v1/session', headers: bearer('ana') });
    const [cookie = ''] = answer.headers['set-cookie'] ?? [];
    expect(cookie).toMatch(/; Path=\/; HttpOnly; SameSite=Strict$/);
    expect(Buffer.from(cookie.split('=')[1] ?? '', 'base64url').toString('latin1')).not.toContain('ana');
    expect(JSON.parse(answer.text)).toMatchObject({ name: 'ana', role: 'viewer', by: 'session' });
  });

  it('is read by every replica, and by no other installation', async () => {
    const cookie = await cookieOf('ana');
    const replica = await another({});
    const renamed = cookie.replace(String(port), String(replica));
    expect(await status(by(renamed), replica)).toBe(200);
    const stranger = await another({ keyOf: () => Promise.resolve('another key') });
    expect(await status(by(cookie.replace(String(port), String(stranger))), stranger)).toBe(401);
  });

  it('cannot be altered, or taken for a token', async () => {
    const cookie = await cookieOf('ana');
    const last = cookie.endsWith('A') ? 'Q' : 'A';
    expect(await status(by(`${cookie.slice(0, -1)}${last}`))).toBe(401);
    expect(await status({ path, headers: bearer(cookie.split('=')[1] ?? '') })).toBe(401);
  });

  it('is over once its holder has logged out, wherever its cookie is', async () => {
    const cookie = await cookieOf('ana');
    const spelt = otherSpellings(cookie);
    expect(spelt.length).toBeGreaterThan(0);
    const logOut = await ask({ ...by(cookie), method: 'DELETE', path: '/api/v1/session' });
    expect([logOut.status, logOut.headers['set-cookie']?.[0]]).toEqual([
      204,
      expect.stringContaining('Max-Age=0'),
    ]);
    const replayed = await ask(by(cookie));
    expect([replayed.status, replayed.text]).toEqual([401, expect.stringContaining('has logged out')]);
    for (const one of spelt) expect(await status(by(one))).toBe(401);
    const replica = await another({});
    const elsewhere = await ask(by(cookie.replace(String(port), String(replica))), replica);
    expect([elsewhere.status, elsewhere.text]).toEqual([401, expect.stringContaining('has logged out')]);
  });

  it('begins with a token alone, and says what somebody may do who may not see all namespaces', async () => {
    const cookie = await cookieOf('ben');
    expect(await status({ ...by(cookie), method: 'POST', path: '/api/v1/session' })).toBe(400);
    const who = async (at: string) =>
      JSON.parse((await ask({ ...by(cookie), path: at })).text) as SessionView;
    expect(await who('/api/v1/session')).toMatchObject({ name: 'ben', role: 'viewer', rollouts: [] });
    expect(await who('/namespaces/web/api/v1/session')).toMatchObject({ name: 'ben', role: 'operator' });
    expect(await who('/namespaces/web,shop/api/v1/session')).toMatchObject({ role: 'viewer' });
  });

  it('is one for each port by which one machine reaches several clusters', async () => {
    const headers = { ...bearer('ana'), host: 'localhost:9443' };
    const answer = await ask({ method: 'POST', path: '/api/v1/session', headers });
    expect(cookieSetBy(answer)).toMatch(/^coalmine_session_9443=/);
  });
});

describe('what sessions are sealed with', () => {
  let nowMs: number;
  let sessions: SealedSessions;
  const ANA = { author: { kind: 'account', name: 'ana' }, role: 'viewer', groups: [] } as const;
  const tokenUntil = (seconds: number): string =>
    `e30.${Buffer.from(JSON.stringify({ exp: seconds })).toString('base64url')}.c2ln`;
  const begin = (token: string) =>
    sessions.begin(ANA, { headers: new Headers({ authorization: `Bearer ${token}` }) });

  beforeEach(() => {
    nowMs = 1_000_000;
    const ended = { add: () => Promise.resolve(), has: () => Promise.resolve(false) };
    sessions = new SealedSessions({ keyOf: () => Promise.resolve(KEY), ended, now: () => nowMs });
  });

  it('ends them with their token', async () => {
    const { secret, caller } = await begin(tokenUntil(1_060));
    expect(caller.expiresAt).toBe(1_060_000);
    nowMs = 1_059_999;
    expect((await sessions.contentOf(secret)).token).toBe(tokenUntil(1_060));
    nowMs = 1_060_000;
    await expect(sessions.contentOf(secret)).rejects.toThrow('has lasted long enough');
  });

  it('ends them after twelve hours, however long their token lasts, or where it does not say', async () => {
    for (const token of [tokenUntil(1e9), 'opaque']) {
      const { secret, caller } = await begin(token);
      const longest = 12 * 3_600_000;
      expect(caller.expiresAt).toBe(1_000_000 + longest);
      nowMs = 1_000_000 + longest;
      await expect(sessions.contentOf(secret)).rejects.toMatchObject({ code: 'unauthenticated' });
      nowMs = 1_000_000;
    }
  });

  it('has no room for a token that no cookie would hold', async () => {
    await expect(begin('a'.repeat(4_000))).rejects.toThrow('too long for a cookie: it has 4000 characters');
  });
});

describe('the log of an operator', () => {
  it('says whose sessions begin and end, who asks for what where, and who is refused, and no secret', async () => {
    const lines: Record<string, unknown>[] = [];
    const at = await another({
      log: { ...silentLog, info: (message, fields) => void lines.push({ message, ...fields }) },
    });
    const logIn = { method: 'POST', path: '/api/v1/session', headers: bearer('ben') };
    const cookie = cookieSetBy(await ask(logIn, at)) ?? '';
    const headers = { cookie, ...PAGE };
    const trial = '/namespaces/web/api/v1/rollouts/api/listeners/trial';
    await ask({ method: 'POST', path: trial, headers, body: {} }, at);
    await ask({ path: '/namespaces/web/api/v1/rollouts', headers }, at);
    await ask({ method: 'DELETE', path: '/api/v1/session', headers }, at);
    await ask({ method: 'DELETE', path: '/api/v1/session', headers }, at);
    await ask({ ...logIn, headers: bearer('nobody') }, at);
    const told = lines.map(({ message, by, via, operation, about, outcome }) =>
      [message, by, via, operation, about, outcome]
        .flatMap((one) => one ?? [])
        .map(String)
        .join(' '),
    );
    expect(told).toEqual([
      'a change is asked for ben token logIn',
      'what came of a change done',
      'a change is asked for ben session tryListeners web/api',
      'what came of a change invalidSpec',
      'a change is asked for ben session logOut',
      'what came of a change done',
      'a change was refused logOut unauthenticated',
      'a change was refused logIn unauthenticated',
    ]);
    const requests = lines.map(({ request }) => request);
    expect(requests.map((one, index) => requests.indexOf(one) === index)).toEqual(
      [true, false, true, false, true, false, true, true],
    ); // prettier-ignore
    expect(JSON.stringify(lines)).not.toContain(cookie.split('=')[1]);
    expect(JSON.stringify(lines)).not.toContain('nobody');
  });
});

describe('the overview of a cluster', () => {
  const listed = async (path: string): Promise<readonly RolloutView[]> =>
    JSON.parse((await ask({ path, headers: bearer('ana') })).text) as readonly RolloutView[];

  it('has the Rollouts of all namespaces, each with where it is', async () => {
    const views = await listed('/api/v1/rollouts');
    expect(views.map(({ name, namespace, cluster }) => [name, namespace, cluster])).toEqual(
      ['mail', 'shop', 'web'].map((namespace) => ['api', namespace, 'east']),
    );
    expect((await listed('/namespaces/web,mail/api/v1/rollouts')).map(({ namespace }) => namespace)).toEqual([
      'mail',
      'web',
    ]);
  });

  it('is told in pages that miss none of the same name', async () => {
    const places: (string | undefined)[] = [];
    let path: string | undefined = '/api/v1/rollouts?limit=1';
    while (path !== undefined) {
      const answer = await ask({ path, headers: bearer('ana') });
      places.push(...(JSON.parse(answer.text) as RolloutView[]).map(({ namespace }) => namespace));
      [, path] = /<([^>]*)>/.exec(String(answer.headers['link'] ?? '')) ?? [];
    }
    expect(places).toEqual(['mail', 'shop', 'web']);
  });

  it('has what happened to one Rollout in its namespace alone', async () => {
    const answer = await ask({ path: '/api/v1/events?rollout=api', headers: bearer('ana') });
    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining('/namespaces/NAMESPACE/api')]);
    const events = await ask({ path: '/namespaces/web/api/v1/events?rollout=api', headers: bearer('ana') });
    expect(JSON.parse(events.text) as EventView[]).toEqual([]);
  });

  it('is that of the one namespace that the operator looks after', async () => {
    const at = await another({ watched: 'web' });
    const answer = await ask({ path: '/api/v1/rollouts', headers: bearer('ben') }, at);
    expect((JSON.parse(answer.text) as RolloutView[]).map(({ namespace }) => namespace)).toEqual(['web']);
    expect(await status({ path: '/namespaces/shop/api/v1/rollouts', headers: bearer('ana') }, at)).toBe(404);
  });
});

describe('the site of a cluster', () => {
  it.each([
    ['localhost:9999', 200],
    ['127.0.0.1', 200],
    ['[::1]:8443', 200],
    ['Deploy.example.com', 200],
    ['deploy.example.com:8443', 200],
    ['deploy.example.com.evil.example', 403],
    ['evil.example', 403],
  ])('is called %s by browsers: %i', async (host, code) => {
    expect(await status({ path: '/openapi.json', headers: { host } })).toBe(code);
  });

  it('is called whatever a program says that shows a token', async () => {
    const headers = { ...bearer('ana'), host: 'coalmine-api.coalmine-system.svc' };
    expect(await status({ path: '/api/v1/rollouts', headers })).toBe(200);
  });

  it('has nothing elsewhere', async () => {
    for (const path of [
      '/nowhere',
      '/namespaces/web/nowhere',
      '/namespaces/We!b/api/v1/rollouts',
      '/enter?code=a',
    ])
      expect(await status({ path, headers: bearer('ana') })).toBe(404);
  });
});
