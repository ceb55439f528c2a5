import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OPTIONS } from '../../test/store/records.ts';
import type { Admitted, NewSession } from '../api/access/caller.ts';
import type { OpenSession } from '../api/resources.ts';
import type { Author } from '../engine/author.ts';
import type { StateStore } from '../store/queries.ts';
import { openStore } from '../store/store.ts';
import { BrowserSessions } from './sessions.ts';
import { Tokens } from './tokens.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const ROOT: Author = { kind: 'user', name: 'root' };
const OWNER: Admitted = { author: ROOT, role: 'admin', groups: [], by: 'socket' };

let dataDir: string;
let store: StateStore;
let now: number;
let tokens: Tokens;
let sessions: BrowserSessions;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'coalmine-sessions-'));
  now = 1_000_000;
  await open();
});

afterEach(async () => {
  await store.close();
  await rm(dataDir, { recursive: true, force: true });
});

async function open(): Promise<void> {
  store = await openStore(dataDir, OPTIONS);
  tokens = new Tokens(store, () => now);
  sessions = new BrowserSessions({ store, tokens, now: () => now });
}

async function holderOf(name: string, expiresInMs?: number): Promise<Admitted> {
  const more = expiresInMs === undefined ? {} : { expiresInMs };
  const { secret } = await tokens.create(
    { name, role: 'operator', rollouts: ['shop', 'web'], ...more },
    ROOT,
  );
  return { ...(await tokens.holderOf(secret)), by: 'token' };
}

/** Who a secret lets in, or why it does not. */
function outcome(secret: string): Promise<string> {
  return sessions.holderOf(secret).then(
    ({ author, role }) => `${author.name} ${role}`,
    (cause: unknown) => `${(cause as { code: string }).code}: ${(cause as Error).message}`,
  );
}

async function entering(code: string): Promise<NewSession> {
  return sessions.begin(await sessions.holderOfLink(code));
}

describe('a session', () => {
  it('is its holder’s, also after a restart, and its secret is kept nowhere', async () => {
    const { secret, caller } = await sessions.begin(await holderOf('ana'));
    expect(secret).toMatch(/^[\w-]{43}$/);
    expect(caller).toMatchObject({ role: 'operator', rollouts: ['shop', 'web'], expiresAt: now + 7 * DAY });
    await store.close();
    for (const file of await readdir(dataDir)) {
      expect((await readFile(join(dataDir, file))).toString('latin1')).not.toContain(secret);
    }
    await open();
    expect(await sessions.holderOf(secret)).toEqual(caller);
    expect(await outcome(`${secret}x`)).toBe('unauthenticated: the session has ended: it is not known here');
  });

  it('ends when nobody uses it for half a day, and lasts while somebody does, for a week at most', async () => {
    const begun = now;
    const [used, unused] = [await sessions.begin(OWNER), await sessions.begin(OWNER)];
    now += 12 * HOUR;
    expect(await outcome(used.secret)).toBe('root admin');
    now += 1;
    expect(await outcome(unused.secret)).toMatch(/^unauthenticated: .*nobody has used it for long/);
    while (now + 11 * HOUR < begun + 7 * DAY) {
      now += 11 * HOUR;
      expect(await outcome(used.secret)).toBe('root admin');
    }
    now = begun + 7 * DAY;
    expect(await outcome(used.secret)).toMatch(/^unauthenticated: .*it has lasted long enough/);
  });

  it('ends with the token that it came of', async () => {
    const ana = await sessions.begin(await holderOf('ana'));
    const brief = await sessions.begin(await holderOf('brief', HOUR));
    expect(brief.caller.expiresAt).toBe(now + HOUR);
    await tokens.revoke('ana', ROOT);
    await tokens.create({ name: 'ana', role: 'admin' }, ROOT);
    expect(await outcome(ana.secret)).toBe('unauthenticated: the token ana was revoked');
    expect(await outcome(brief.secret)).toBe('brief operator');
    now += HOUR;
    expect(await outcome(brief.secret)).toMatch(/^unauthenticated/);
  });

  it('ends when it is logged out of, and no other does', async () => {
    const [one, other] = [await sessions.begin(OWNER), await sessions.begin(OWNER)];
    await sessions.end(one.secret);
    await sessions.end(one.secret);
    expect(await outcome(one.secret)).toMatch(/^unauthenticated/);
    expect(await outcome(other.secret)).toBe('root admin');
  });

  it('is one of a thousand at most: then that goes which was used longest ago', async () => {
    const first = await sessions.begin(OWNER);
    now += 1;
    const second = await sessions.begin(OWNER);
    for (let count = 2; count < 1_001; count += 1) {
      now += 1;
      await sessions.begin({ ...OWNER, author: { kind: 'identity', name: `of-${count % 20}` } });
    }
    expect(await outcome(first.secret)).toMatch(/^unauthenticated/);
    expect(await outcome(second.secret)).toBe('root admin');
  });

  it('is one of a hundred of its holder at most, who so shuts out nobody but himself', async () => {
    const ana = await sessions.begin(OWNER);
    const eve = { ...OWNER, author: { kind: 'token', name: 'eve' } as const };
    const first = await sessions.begin(eve);
    now += 1;
    const second = await sessions.begin(eve);
    for (let count = 2; count < 101; count += 1) await sessions.begin(eve);
    expect(await outcome(first.secret)).toMatch(/^unauthenticated/);
    expect(await outcome(second.secret)).toBe('eve admin');
    for (let count = 0; count < 1_000; count += 1) await sessions.begin(eve);
    expect(await outcome(ana.secret)).toBe('root admin');
    expect(await sessions.list()).toHaveLength(101);
  });
});

describe('sessions', () => {
  const names = (list: readonly OpenSession[]): readonly string[] => list.map(({ author }) => author.name);

  it('are told while they let in, newest first, without anything that does', async () => {
    const short = await sessions.begin(await holderOf('ana', HOUR));
    now += 1;
    await sessions.begin(await holderOf('ben'));
    now += 1;
    const own = await sessions.begin(OWNER);
    const [first, ...rest] = await sessions.list();
    expect(first).toEqual({
      ...{ id: expect.stringMatching(/^[0-9a-f]{12}$/) as string, author: ROOT, role: 'admin', groups: [] },
      ...{ createdAt: now, seenAt: now, endsAt: now + 7 * DAY },
    });
    expect(names(rest)).toEqual(['ben', 'ana']);
    for (const { secret } of [short, own]) expect(JSON.stringify([first, ...rest])).not.toContain(secret);
    await tokens.revoke('ben', ROOT);
    now += HOUR;
    expect(names(await sessions.list())).toEqual(['root']);
    now += 12 * HOUR;
    expect(await sessions.list()).toEqual([]);
  });

  it('are ended one by one, by the name of their holder, or all, with the links that could begin one', async () => {
    const ana = await holderOf('ana');
    const begun = [await sessions.begin(ana), await sessions.begin(ana), await sessions.begin(OWNER)];
    const outcomes = async () =>
      (await Promise.all(begun.map(({ secret }) => outcome(secret)))).map((one) => one.split(':')[0]);
    const one = (await sessions.list()).find(({ author }) => author.name === 'ana')?.id ?? '';
    expect(await sessions.endOne(one)).toMatchObject({ id: one, author: ana.author });
    await expect(sessions.endOne(one)).rejects.toMatchObject({ code: 'notFound' });
    expect((await outcomes()).filter((told) => told === 'unauthenticated')).toHaveLength(1);
    const links = [sessions.link(ana, {}), sessions.link(OWNER, {})];
    expect(names(await sessions.endAll('ana'))).toEqual(['ana']);
    expect(await outcomes()).toEqual(['unauthenticated', 'unauthenticated', 'root admin']);
    await expect(entering(links[0]!.code)).rejects.toMatchObject({ code: 'unauthenticated' });
    begun.push(await entering(links[1]!.code));
    expect(names(await sessions.endAll())).toEqual(['root', 'root']);
    expect(new Set(await outcomes())).toEqual(new Set(['unauthenticated']));
    expect(await sessions.endAll()).toEqual([]);
  });
});

describe('a link', () => {
  const entered = (code: string): Promise<string> =>
    entering(code).then(
      ({ caller: { author, role, rollouts } }) => `${author.name} ${role} ${rollouts?.join(',') ?? 'all'}`,
      (cause: unknown) => (cause as { code: string }).code,
    );

  it('begins a session once, within ten minutes', async () => {
    const { code, expiresAt } = sessions.link(OWNER, {});
    expect([code, expiresAt]).toEqual([expect.stringMatching(/^[\w-]{43}$/), now + 600_000]);
    expect([await entered(code), await entered(code)]).toEqual(['root admin all', 'unauthenticated']);
    const late = sessions.link(OWNER, {});
    now += 600_000;
    expect(await entered(late.code)).toBe('unauthenticated');
  });

  it('is for what was asked for, and for no more than who asks may do', async () => {
    const ana = await holderOf('ana');
    const linked = async (caller: Admitted, request: Parameters<BrowserSessions['link']>[1]) => {
      try {
        return await entered(sessions.link(caller, request).code);
      } catch (cause) {
        return (cause as { code: string }).code;
      }
    };
    expect(await linked(OWNER, { role: 'viewer', rollouts: ['shop'] })).toBe('root viewer shop');
    expect(await linked(ana, {})).toBe('ana operator shop,web');
    expect(await linked(ana, { role: 'viewer', rollouts: ['web'] })).toBe('ana viewer web');
    expect(await linked(ana, { role: 'admin' })).toBe('notPermitted');
    expect(await linked(ana, { rollouts: ['worker'] })).toBe('notPermitted');
    expect(await linked({ ...OWNER, by: 'session' }, {})).toBe('notPermitted');
  });

  it('is one of twenty of its maker at most, who so makes nobody else’s worthless', async () => {
    const others = sessions.link(OWNER, {});
    const ana = await holderOf('ana');
    const own = Array.from({ length: 150 }, () => sessions.link(ana, {}).code);
    const good = (await Promise.all(own.map(entered))).filter((one) => one !== 'unauthenticated');
    expect([await entered(others.code), good.length]).toEqual(['root admin all', 20]);
  });

  it('of a token that is revoked before it is used lets nobody in', async () => {
    const { code } = sessions.link(await holderOf('ana'), {});
    await tokens.revoke('ana', ROOT);
    await expect(entering(code)).rejects.toThrow('the token ana was revoked');
  });

  it('is one of a hundred at most that wait to be used', async () => {
    const first = sessions.link(OWNER, {});
    const second = sessions.link(OWNER, {});
    for (let count = 2; count < 101; count += 1)
      sessions.link({ ...OWNER, author: { kind: 'token', name: `of-${count % 10}` } }, {});
    expect([await entered(first.code), await entered(second.code)]).toEqual([
      'unauthenticated',
      'root admin all',
    ]);
  });
});
