import { mkdtemp, rm } from 'node:fs/promises';
import { request, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { asks, cookieSetBy, type Answered, type Asked } from '../../test/api/asking.ts';
import { fakeSessions } from '../../test/api/sessions.ts';
import { accessTo, fakeOperations, messages, SECRET } from '../../test/cli/fake.ts';
import type { Caller } from './access/caller.ts';
import type { ProblemView, SessionView } from './resources.ts';
import { SECURITY_HEADERS } from './security-headers.ts';
import { startApiServer, type ApiServer } from './server.ts';

const ANA: Caller = {
  author: { kind: 'user', name: 'ana' },
  role: 'operator',
  rollouts: ['shop'],
  groups: ['sre'],
};
const TOKEN = { authorization: `Bearer ${SECRET}` };
const PAGE = { 'x-coalmine-request': 'dashboard' };

let dataDir: string;
let server: ApiServer;
let port: number;
let sessions: ReturnType<typeof fakeSessions>;
let own: Readonly<Record<string, string>>;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'coalmine-api-'));
  sessions = fakeSessions(ANA);
  const access = accessTo(fakeOperations({ stream: (_, signal) => messages([], signal) }));
  server = await startApiServer({
    dataDir,
    port: 0,
    heartbeatMs: 20,
    access: { ...access, sessions },
    onBug: (thrown) => {
      throw thrown;
    },
  });
  port = Number(new URL(server.url ?? '').port);
  own = { ...PAGE, origin: `http://127.0.0.1:${port}` };
});

afterEach(async () => {
  await server.close();
  await rm(dataDir, { recursive: true, force: true });
});

const ask = (asked: Asked): Promise<Answered> => asks(port, asked);

async function enter(headers: Asked['headers'] = {}, code = 'good'): Promise<Answered> {
  return ask({ path: `/enter?code=${code}`, headers });
}

async function loggedIn(): Promise<string> {
  return cookieSetBy(await enter()) ?? '';
}

function codeOf({ text }: Answered): string {
  return text === '' ? 'done' : (JSON.parse(text) as ProblemView).type;
}

describe('a link to the dashboard', () => {
  it('begins a session, whose cookie no script and no other site gets, and leads to the page', async () => {
    const answer = await enter();
    expect([answer.status, answer.headers.location]).toEqual([303, '/']);
    expect(answer.headers['set-cookie']).toEqual([
      `coalmine_session_${port}=secret-1; Path=/; HttpOnly; SameSite=Strict`,
    ]);
    expect(answer.headers['referrer-policy']).toBe('no-referrer');
    const shown = await ask({ path: '/api/v1/session', headers: { cookie: cookieSetBy(answer) ?? '' } });
    expect(JSON.parse(shown.text) as SessionView).toEqual({
      ...{ name: 'ana', kind: 'user', role: 'operator', rollouts: ['shop'], groups: ['sre'], by: 'session' },
    });
  });

  it('is good once, and after that says in words what to do', async () => {
    await enter();
    const again = await enter();
    expect([again.status, again.headers['set-cookie']]).toEqual([401, undefined]);
    expect(again.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(again.text).toMatch(/used already, or is older[^]*<code>coalmine dashboard<\/code>/);
    expect((await enter({}, '')).status).toBe(401);
    const hostile = await enter({}, encodeURIComponent('<script>alert(1)</script>'));
    expect([hostile.status, hostile.text.includes('script')]).toEqual([401, false]);
  });

  it.each([
    ['a browser that looks ahead', 'GET', { 'sec-purpose': 'prefetch;prerender' }, 503],
    ['who only looks whether it is there', 'HEAD', {}, 503],
    ['a page of another site', 'GET', { 'sec-fetch-site': 'cross-site' }, 403],
    ['a page of another port', 'GET', { 'sec-fetch-site': 'same-site' }, 403],
  ])('is not used up by %s', async (...[, method, headers, status]) => {
    const answer = await ask({ method, path: '/enter?code=good', headers });
    expect([answer.status, answer.headers['set-cookie']]).toEqual([status, undefined]);
    expect((await enter({ 'sec-fetch-site': 'none' })).status).toBe(303);
  });

  it('begins a session of its own, whatever cookie comes along', async () => {
    const planted = `coalmine_session_${port}=planted`;
    const answer = await enter({ cookie: planted });
    expect(cookieSetBy(answer)).toBe(`coalmine_session_${port}=secret-1`);
    expect((await ask({ path: '/api/v1/session', headers: { cookie: planted } })).status).toBe(401);
  });
});

describe('a session by a token', () => {
  it('is the token’s holder’s, and says so', async () => {
    const answer = await ask({ method: 'POST', path: '/api/v1/session', headers: TOKEN });
    expect(JSON.parse(answer.text) as SessionView).toMatchObject({
      name: 'ci',
      role: 'admin',
      by: 'session',
    });
    const cookie = cookieSetBy(answer) ?? '';
    const shown = await ask({ path: '/api/v1/session', headers: { cookie } });
    expect(JSON.parse(shown.text) as SessionView).toMatchObject({ name: 'ci', by: 'session' });
    const byToken = await ask({ path: '/api/v1/session', headers: { ...TOKEN, cookie } });
    expect(JSON.parse(byToken.text) as SessionView).toMatchObject({ name: 'ci', by: 'token' });
  });

  it('begins with nothing else', async () => {
    const headers = { ...own, cookie: await loggedIn() };
    expect(codeOf(await ask({ method: 'POST', path: '/api/v1/session', headers }))).toBe('usage');
    expect(codeOf(await ask({ method: 'POST', path: '/api/v1/session' }))).toBe('unauthenticated');
    expect(codeOf(await ask({ method: 'DELETE', path: '/api/v1/session', headers: TOKEN }))).toBe('usage');
  });
});

it('a session that was logged out of is of no use, wherever its cookie is', async () => {
  const cookie = await loggedIn();
  const out = await ask({ method: 'DELETE', path: '/api/v1/session', headers: { ...own, cookie } });
  expect([out.status, out.headers['set-cookie']]).toEqual([
    204,
    [`coalmine_session_${port}=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict`],
  ]);
  const replayed = await ask({ path: '/api/v1/rollouts', headers: { cookie } });
  expect([replayed.status, codeOf(replayed)]).toEqual([401, 'unauthenticated']);
});

describe('the cookie of a session', () => {
  const elsewhere = 'http://127.0.0.1:1';
  it.each([
    ['its own page', () => own, 'done'],
    ['its own page, as an old browser sends it', () => ({ ...PAGE, origin: own['origin'] ?? '' }), 'done'],
    ['its own page, by what the browser says', () => ({ ...PAGE, 'sec-fetch-site': 'same-origin' }), 'done'],
    ['its own page without the header', () => ({ origin: own['origin'] ?? '' }), 'notPermitted'],
    ['another header', () => ({ ...own, 'x-coalmine-request': 'form' }), 'notPermitted'],
    ['nobody knows where', () => PAGE, 'notPermitted'],
    ['a page of another port', () => ({ ...PAGE, origin: elsewhere }), 'notPermitted'],
    [
      'a page of another port, which the browser says',
      () => ({ ...own, 'sec-fetch-site': 'same-site' }),
      'notPermitted',
    ],
    ['a page of another site', () => ({ ...PAGE, 'sec-fetch-site': 'cross-site' }), 'notPermitted'],
    ['a page in a sandbox', () => ({ ...PAGE, origin: 'null' }), 'notPermitted'],
    ['the address bar', () => ({ ...PAGE, 'sec-fetch-site': 'none' }), 'notPermitted'],
    ['a page by another name', () => ({ ...own, host: `evil.example:${port}` }), 'notPermitted'],
  ])('asks for something to be done, from %s: %s', async (_, headers, expected) => {
    const cookie = await loggedIn();
    const asked = { method: 'POST', path: '/api/v1/rollouts/shop/steer', body: { verb: 'pause' } };
    const answer = await ask({ ...asked, headers: { ...headers(), cookie } });
    expect(answer.status === 200 ? 'done' : codeOf(answer)).toBe(expected);
  });

  it.each([
    ['its own page', { 'sec-fetch-site': 'same-origin' }, 200],
    ['the address bar', { 'sec-fetch-site': 'none' }, 200],
    ['an old browser', {}, 200],
    ['a page of another port', { 'sec-fetch-site': 'same-site' }, 403],
    ['a page of another site', { 'sec-fetch-site': 'cross-site' }, 403],
  ])('reads, from %s: %i', async (_, headers, status) => {
    const cookie = await loggedIn();
    expect((await ask({ path: '/api/v1/rollouts', headers: { ...headers, cookie } })).status).toBe(status);
  });

  it('is of no use twice in a request, as one of them was put there by somebody else', async () => {
    const cookie = await loggedIn();
    const two = await ask({ path: '/api/v1/rollouts', headers: { cookie: `${cookie}; ${cookie}` } });
    expect([two.status, two.text]).toEqual([401, expect.stringContaining('there are 2 cookies')]);
    const others = `a=b; ${cookie}; coalmine_session_1=x`;
    expect((await ask({ path: '/api/v1/rollouts', headers: { cookie: others } })).status).toBe(200);
  });

  it('opens nothing but what its holder may', async () => {
    const cookie = await loggedIn();
    const headers = { ...own, cookie };
    const shutDown = await ask({
      method: 'POST',
      path: '/api/v1/shutdown',
      headers,
      body: { everything: true },
    });
    expect(codeOf(shutDown)).toBe('notPermitted');
    expect((await ask({ path: '/api/v1/rollouts/web', headers })).status).toBe(403);
  });
});

it('a stream ends soon after its session does', async () => {
  const cookie = await loggedIn();
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const place = { host: '127.0.0.1', port, path: '/api/v1/stream', agent: false };
    request({ ...place, headers: { cookie } }, resolve)
      .on('error', reject)
      .end();
  });
  let said = '';
  for await (const chunk of response) {
    said += String(chunk);
    if (!said.includes('problem')) await sessions.end('secret-1');
  }
  expect(said).toMatch(/event: problem\ndata: .*"status":401/);
});

it('what is answered is for nobody else: no other site, no frame, no cache', async () => {
  const cookie = await loggedIn();
  const answers = await Promise.all([
    ask({ path: '/api/v1/rollouts', headers: { cookie } }),
    ask({ path: '/api/v1/rollouts' }),
    ask({ path: '/nowhere', headers: { cookie } }),
    ask({ method: 'PUT', path: '/api/v1/session', headers: { cookie } }),
    enter({}, 'old'),
  ]);
  expect(answers.map(({ status }) => status)).toEqual([200, 401, 404, 405, 401]);
  for (const { headers } of answers) {
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) {
      if (name === 'content-security-policy') expect(headers[name]).toContain("frame-ancestors 'none'");
      else expect([name, headers[name]]).toEqual([name, value]);
    }
  }
});

it('over the socket nobody begins a session', async () => {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const place = { socketPath: server.socketPath, agent: false };
    request({ ...place, method: 'POST', path: '/api/v1/session', headers: TOKEN }, resolve)
      .on('error', reject)
      .end();
  });
  expect([answer.statusCode, answer.headers['set-cookie']]).toEqual([400, undefined]);
  answer.resume();
});
