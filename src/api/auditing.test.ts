import { describe, expect, it } from 'vitest';
import { accessTo, fakeOperations, SECRET } from '../../test/cli/fake.ts';
import { asks } from '../../test/api/asking.ts';
import { ENDPOINT_ROWS } from '../../test/api/endpoint-rows.ts';
import { aDocument } from '../../test/cli/views.ts';
import { Failure } from '../base/failure.ts';
import type { AuditEntry } from '../store/rows/audit.ts';
import type { Sessions } from './access/caller.ts';
import { REQUEST_HEADER } from './access/forgery.ts';
import type { AuditLog } from './auditing.ts';
import { ENDPOINTS } from './endpoints.ts';
import type { Operations } from './operations.ts';
import { Served, type Sent } from './testing/served.ts';

const served = Served.forTests();
const NEVER_SAID = 'a-secret-value';
const CI = { kind: 'token', name: 'ci' } as const;
/** Operations that may change something. */
const CHANGING = (Object.keys(ENDPOINTS) as (keyof typeof ENDPOINTS)[]).filter(
  (name) => ENDPOINTS[name].method !== 'GET',
);

/** A log in memory. */
function kept(): AuditLog & { readonly entries: AuditEntry[] } {
  const entries: AuditEntry[] = [];
  return {
    entries,
    add: (entry) => Promise.resolve(entries.push(entry) - 1),
    end: (id, outcome) => {
      const entry = entries[id];
      if (entry !== undefined) entries[id] = { ...entry, outcome };
      return Promise.resolve();
    },
  };
}

async function serve(operations: Partial<Operations> = {}) {
  const audit = kept();
  const access = accessTo(fakeOperations(operations));
  await served.serve({}, { access, audit, port: 0 });
  return audit.entries;
}

const post = (body: unknown, headers: Record<string, string> = {}): Sent => ({
  method: 'POST',
  body: JSON.stringify(body),
  headers,
});
const SHOP = '/api/v1/rollouts/shop';

describe('the audit log', () => {
  it('says who asked for what, from where, with what came of it and the id of the request', async () => {
    const entries = await serve({ restart: () => Promise.reject(new Failure('conflict', 'no')) });
    const steered = await served.ask(
      `${SHOP}/steer`,
      post({ verb: 'abort', reason: NEVER_SAID }, { 'coalmine-user': 'ana' }),
    );
    await served.ask(`${SHOP}/restart`, { method: 'POST', headers: { authorization: `Bearer ${SECRET}` } });
    const ana = { by: { kind: 'user', name: 'ana' }, via: 'socket' };
    const ci = { by: CI, via: 'token' };
    expect(entries).toEqual([
      { request: steered.headers['x-request-id'], ...ana, operation: 'steer', about: 'shop', asked: { verb: 'abort' }, outcome: 'done' },
      { request: expect.any(String) as string, ...ci, operation: 'restart', about: 'shop', outcome: 'conflict' },
    ]); // prettier-ignore
    expect(steered.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('says of who came over TCP from which address, also when he was not let in', async () => {
    const entries = await serve();
    const answer = await fetch(`${served.server?.url ?? ''}${SHOP}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${NEVER_SAID}` },
    });
    expect(answer.status).toBe(401);
    expect(entries).toEqual([
      {
        request: answer.headers.get('x-request-id'),
        from: '127.0.0.1',
        operation: 'remove',
        about: 'shop',
        outcome: 'unauthenticated',
      },
    ]);
  });

  it('knows who has ended his own right by what he asked for', async () => {
    let isRevoked = false;
    const revoke = () => {
      isRevoked = true;
      return Promise.reject(new Failure('conflict', 'no'));
    };
    const audit = kept();
    const known = accessTo(fakeOperations({ restart: revoke }));
    const access = {
      ...known,
      holderOf: (secret: string) =>
        isRevoked
          ? Promise.reject(new Failure('unauthenticated', 'the token ci was revoked'))
          : known.holderOf(secret),
    };
    await served.serve({}, { access, audit });
    await served.ask(`${SHOP}/restart`, { method: 'POST', headers: { authorization: `Bearer ${SECRET}` } });
    expect(audit.entries).toMatchObject([{ by: CI, via: 'token', outcome: 'conflict' }]);
  });

  it.each(CHANGING)('says that %s is asked for before it is done, and what came of it', async (name) => {
    const audit = kept();
    const seen: (AuditEntry | undefined)[] = [];
    const watched = <T extends object>(whole: T): T =>
      new Proxy(whole, {
        get: (target, part) => {
          seen.push(audit.entries[0]);
          return Reflect.get(target, part) as unknown;
        },
      });
    const known = accessTo(watched(fakeOperations()));
    const ci = await known.holderOf(SECRET);
    const begun = { secret: SECRET, caller: ci };
    const sessions = watched<Sessions>({
      ...{ holderOfLink: () => Promise.resolve(ci), begin: () => Promise.resolve(begun) },
      ...{ holderOf: () => Promise.resolve(ci), end: () => Promise.resolve() },
    });
    await served.serve({}, { access: { ...known, sessions }, audit, port: 0 });
    const { path, body, type = 'application/json' } = ENDPOINT_ROWS[name];
    const { port, origin } = new URL(served.server?.url ?? '');
    const cookie = { cookie: `coalmine_session_${port}=${SECRET}`, origin, [REQUEST_HEADER]: 'dashboard' };
    const answer = await fetch(`${origin}/api/v1${path}`, {
      method: ENDPOINTS[name].method,
      headers: {
        ...(name === 'logOut' ? cookie : { authorization: `Bearer ${SECRET}` }),
        ...(body === undefined ? {} : { 'content-type': type }),
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const entry = { request: answer.headers.get('x-request-id'), by: CI, operation: name };
    expect(seen.at(-1)).toMatchObject(entry);
    expect(seen.at(-1)).not.toHaveProperty('outcome');
    expect(audit.entries).toMatchObject([{ ...entry, outcome: 'done' }]);
  });

  it.each([
    ['the link', `/enter?code=${SECRET}`, {}, 303, { by: CI, via: 'link', outcome: 'done' }],
    ['a link that is of no use', `/enter?code=${NEVER_SAID}`, {}, 401, { outcome: 'unauthenticated' }],
    ['no code', '/enter', {}, 401, { outcome: 'unauthenticated' }],
    ['another site', `/enter?code=${SECRET}`, { 'sec-fetch-site': 'cross-site' }, 403, { outcome: 'notPermitted' }],
    ['a browser that looks ahead', `/enter?code=${SECRET}`, { 'sec-purpose': 'prefetch' }, 503, { outcome: 'notPermitted' }],
    ['another name', `/enter?code=${SECRET}`, { host: 'evil.example' }, 403, { outcome: 'notPermitted' }],
  ])('says whom %s has let in, before the session begins, and never by what', async (...[, path, headers, status, told]) => {
    const audit = kept();
    const known = accessTo(fakeOperations());
    const ci = await known.holderOf(SECRET);
    const seen: (AuditEntry | undefined)[] = [];
    const sessions: Sessions = {
      holderOfLink: (code) =>
        code === SECRET ? Promise.resolve(ci) : Promise.reject(new Failure('unauthenticated', 'no')),
      begin: () => {
        seen.push(audit.entries[0]);
        return Promise.resolve({ secret: NEVER_SAID, caller: ci });
      },
      ...{ holderOf: () => Promise.resolve(ci), end: () => Promise.resolve() },
    };
    await served.serve({}, { access: { ...known, sessions }, audit, port: 0 });
    const port = Number(new URL(served.server?.url ?? '').port);
    const answer = await asks(port, { path, headers: { host: `127.0.0.1:${port}`, ...headers } });
    const { outcome: _, ...begun } = { request: answer.headers['x-request-id'], from: '127.0.0.1', operation: 'enter', ...told };
    expect([answer.status, audit.entries]).toEqual([status, [{ ...begun, outcome: told.outcome }]]);
    expect(seen).toEqual(told.outcome === 'done' ? [begun] : []);
    expect(JSON.stringify([audit.entries, seen])).not.toMatch(new RegExp(`${NEVER_SAID}|${SECRET}`));
  }); // prettier-ignore

  it('is not filled by those who are not let in, so that nothing is pushed out of it', async () => {
    const entries = await serve();
    const { port } = new URL(served.server?.url ?? '');
    const stranger = { method: 'DELETE', path: SHOP };
    await Promise.all(Array.from({ length: 1_050 }, () => asks(Number(port), stranger)));
    expect(entries.length).toBeGreaterThanOrEqual(1_000);
    expect(entries.length).toBeLessThan(1_020);
    await served.ask(`${SHOP}/restart`, { method: 'POST', headers: { authorization: `Bearer ${SECRET}` } });
    expect(entries.at(-1)).toMatchObject({ by: CI, operation: 'restart', outcome: 'done' });
  });

  it('is not filled by who asks more than he may, either', async () => {
    const audit = kept();
    const access = accessTo(fakeOperations());
    await served.serve({}, { access, audit, port: 0, rate: { perSecond: 0.001, burst: 1 } });
    const { port } = new URL(served.server?.url ?? '');
    const asked = { method: 'POST', path: `${SHOP}/restart`, headers: { authorization: `Bearer ${SECRET}` } };
    await Promise.all(Array.from({ length: 1_050 }, () => asks(Number(port), asked)));
    const outcomes = audit.entries.map(({ outcome }) => outcome);
    expect(outcomes.filter((one) => one === 'done')).toHaveLength(1);
    expect(outcomes.filter((one) => one === 'tooMany').length).toBeGreaterThanOrEqual(1_000);
    expect(outcomes.length).toBeLessThan(1_020);
  });

  it('holds nothing of what is only looked at, and no secret of what is sent', async () => {
    const entries = await serve();
    await served.ask('/api/v1/rollouts');
    await served.ask('/api/v1/nothing', post({}));
    expect(entries).toEqual([]);
    const document = { ...aDocument(), spec: { env: NEVER_SAID } };
    const sent: readonly (readonly [string, Sent])[] = [
      [SHOP, { ...post({ document, insist: true }), method: 'PUT' }],
      [`${SHOP}/releases`, post({ set: [`workload.process.env.KEY=${NEVER_SAID}`], from: '/srv' })],
      [`${SHOP}/maintenance`, { ...post({ on: true, allow: { header: 'x', value: NEVER_SAID } }), method: 'PUT' }],
      [`${SHOP}/steer`, post({ verb: NEVER_SAID })],
      ['/api/v1/tokens', post({ name: 'bob', role: 'viewer' })],
    ]; // prettier-ignore
    for (const [path, one] of sent) await served.ask(path, one);
    expect(entries.map(({ operation, asked, outcome }) => [operation, asked, outcome])).toEqual([
      ['apply', { insist: true }, 'done'],
      ['release', { from: '/srv' }, 'done'],
      ['maintain', { on: true }, 'done'],
      ['steer', undefined, 'usage'],
      ['createToken', { name: 'bob', role: 'viewer' }, 'done'],
    ]);
    expect(JSON.stringify(entries)).not.toContain(NEVER_SAID);
    expect(JSON.stringify(entries)).not.toContain(SECRET);
  });

  it('that cannot be written keeps nobody from an answer, is told, and is tried again once that is known', async () => {
    const full = new Error('the disk is full');
    const audit = kept();
    let failures = 0;
    const failing: AuditLog['add'] = (entry) => (failures++ === 0 ? Promise.reject(full) : audit.add(entry));
    await served.serve({}, { audit: { ...audit, add: failing } });
    expect((await served.ask(`${SHOP}/steer`, post({ verb: 'pause' }))).status).toBe(200);
    expect(served.bugs).toEqual([full]);
    expect(audit.entries).toMatchObject([{ operation: 'steer', asked: { verb: 'pause' }, outcome: 'done' }]);
  });
});
