import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { OPTIONS } from '../../test/store/records.ts';
import type { Author } from '../engine/author.ts';
import type { StateStore } from '../store/queries.ts';
import { openStore } from '../store/store.ts';
import { Tokens } from './tokens.ts';

const ANA: Author = { kind: 'user', name: 'ana' };
const BEN: Author = { kind: 'token', name: 'ben' };

let dataDir: string;
let store: StateStore;
let now: number;
let tokens: Tokens;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'coalmine-tokens-'));
  store = await openStore(dataDir, OPTIONS);
  now = 1_000;
  tokens = new Tokens(store, () => now);
});

afterEach(async () => {
  await store.close();
  await rm(dataDir, { recursive: true, force: true });
});

it('a token lets its holder in, as what it was made for, also after a restart', async () => {
  const { secret, ...shown } = await tokens.create(
    { name: 'ci', role: 'operator', rollouts: ['shop'], groups: ['ops'], expiresInMs: 500 },
    ANA,
  );
  expect(secret).toMatch(/^coalmine_[\w-]{43}$/);
  const expected = { name: 'ci', role: 'operator', rollouts: ['shop'], groups: ['ops'] };
  expect(shown).toEqual({ ...expected, createdAt: 1_000, createdBy: ANA, expiresAt: 1_500 });
  await store.close();
  store = await openStore(dataDir, OPTIONS);
  tokens = new Tokens(store, () => now);
  const { name, ...may } = expected;
  expect(await tokens.holderOf(secret)).toEqual({
    ...{ author: { kind: 'token', name }, ...may, expiresAt: 1_500 },
    grant: expect.not.stringContaining(secret) as string,
  });
  expect(await tokens.list()).toEqual([shown]);
});

it('no secret is kept, and no two are alike', async () => {
  const made = [];
  for (const name of ['a', 'b', 'c']) made.push(await tokens.create({ name, role: 'viewer' }, ANA));
  const secrets = made.map(({ secret }) => secret);
  expect(new Set(secrets).size).toBe(3);
  await store.close();
  for (const file of await readdir(dataDir)) {
    const bytes = (await readFile(join(dataDir, file))).toString('latin1');
    for (const secret of secrets) {
      expect(bytes).not.toContain(secret);
      expect(bytes).not.toContain(secret.slice('coalmine_'.length));
    }
  }
});

it('a token that is unknown, expired or revoked lets nobody in, and its secret is not told', async () => {
  const { secret } = await tokens.create({ name: 'ci', role: 'admin', expiresInMs: 500 }, ANA);
  const refusal = (wanted: string): Promise<string> =>
    tokens.holderOf(wanted).then(
      () => 'let in',
      (cause: unknown) => `${(cause as { code: string }).code}: ${(cause as Error).message}`,
    );
  const other = `${secret.slice(0, -1)}${secret.endsWith('A') ? 'B' : 'A'}`;
  expect(await refusal(other)).toBe('unauthenticated: the token is not known here');
  expect(await refusal('')).toBe('unauthenticated: the token is not known here');
  now = 1_499;
  expect(await refusal(secret)).toBe('let in');
  now = 1_500;
  expect(await refusal(secret)).toBe('unauthenticated: the token ci has expired');
  expect(await tokens.revoke('ci', BEN)).toMatchObject({ name: 'ci', revoked: { at: 1_500, by: BEN } });
  expect(await refusal(secret)).toBe('unauthenticated: the token ci was revoked');
});

it('a name is one holder’s at a time, and free again once its token is revoked', async () => {
  const first = await tokens.create({ name: 'ci', role: 'viewer' }, ANA);
  await expect(tokens.create({ name: 'ci', role: 'admin' }, ANA)).rejects.toMatchObject({ code: 'conflict' });
  await tokens.revoke('ci', ANA);
  await expect(tokens.revoke('ci', ANA)).rejects.toMatchObject({ code: 'notFound' });
  await expect(tokens.revoke('cd', ANA)).rejects.toMatchObject({ code: 'notFound' });
  const second = await tokens.create({ name: 'ci', role: 'operator' }, BEN);
  await expect(tokens.holderOf(first.secret)).rejects.toMatchObject({ code: 'unauthenticated' });
  expect((await tokens.holderOf(second.secret)).role).toBe('operator');
  expect((await tokens.list()).map(({ role, revoked }) => [role, revoked?.by])).toEqual([
    ['viewer', ANA],
    ['operator', undefined],
  ]);
});
