import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { signingKey } from '../../../../test/oidc/issuer.ts';
import { RealProvider } from '../../../../test/oidc/provider.ts';
import { identities, type HolderOfIdentity, type Identities, type IdentityOptions } from './identities.ts';

const AUDIENCE = 'urn:coalmine';

let dir: string;
let provider: RealProvider;
let ending: AbortController;
let told: string[];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'coalmine-oidc-'));
  provider = await RealProvider.start();
  ending = new AbortController();
  told = [];
});

afterEach(async () => {
  ending.abort();
  await provider.close();
  await rm(dir, { recursive: true, force: true });
});

async function holder(more: Partial<IdentityOptions> = {}): Promise<HolderOfIdentity> {
  return (await known(more)).holderOf;
}

function known(more: Partial<IdentityOptions> = {}): Promise<Identities> {
  return identities(
    {
      ...{ issuer: provider.url, audience: AUDIENCE, claims: { name: 'sub', role: 'role' } },
      patience: { lookAgainAfterMs: 0 },
      ...more,
    },
    { signal: ending.signal, tell: (problem) => void told.push(problem), lookEveryMs: 5 },
  );
}

it('lets in by the tokens of a real provider, as what its claims say, for as long as they are good', async () => {
  const key = await signingKey('k1');
  await provider.signWith([key], { role: 'operator', team: ['sre'], apps: ['shop', 'web'] });
  const claims = { name: 'sub', role: 'role', groups: 'team', rollouts: 'apps' };
  const holderOf = await holder({ claims });
  const caller = await holderOf(await provider.token(AUDIENCE));
  expect(caller).toMatchObject({
    ...{ author: { kind: 'identity', name: 'ci' }, role: 'operator', groups: ['sre'] },
    rollouts: ['shop', 'web'],
  });
  const leftMs = (caller.expiresAt ?? 0) - Date.now();
  expect(leftMs > 0 && leftMs <= 600_000).toBe(true);
  const other = await provider.token('urn:shop');
  await expect(holderOf(other)).rejects.toMatchObject({ code: 'unauthenticated' });
});

it('goes on when a real provider changes its keys', async () => {
  const [first, second] = [await signingKey('k1'), await signingKey('k2')];
  await provider.signWith([first], { role: 'viewer' });
  const holderOf = await holder();
  const before = await provider.token(AUDIENCE);
  expect((await holderOf(before)).role).toBe('viewer');
  await provider.signWith([second, first], { role: 'admin' });
  expect((await holderOf(await provider.token(AUDIENCE))).role).toBe('admin');
  expect((await holderOf(before)).role).toBe('viewer');
});

it('grants by a file, the first that holds, and else by the role claim', async () => {
  const file = join(dir, 'grants.yaml');
  await writeFile(
    file,
    `grants:
  - when: { repository: org/shop, ref: refs/tags/* }
    role: operator
    rollouts: [shop]
    groups: [ci]
  - when: { repository: org/* }
    role: viewer
`,
  );
  const key = await signingKey('k1');
  const as = async (claims: Readonly<Record<string, unknown>>): Promise<unknown> => {
    await provider.signWith([key], claims);
    const holderOf = await holder({ grantsFile: file });
    return holderOf(await provider.token(AUDIENCE)).then(
      ({ role, rollouts, groups }) => [role, rollouts, groups],
      (cause: unknown) => (cause as { code: string }).code,
    );
  };
  expect(await as({ repository: 'org/shop', ref: 'refs/tags/v1' })).toEqual(['operator', ['shop'], ['ci']]);
  expect(await as({ repository: 'org/shop', ref: 'refs/heads/main' })).toEqual(['viewer', undefined, []]);
  expect(await as({ repository: 'evil/shop', role: 'admin' })).toEqual(['admin', undefined, []]);
  expect(await as({ repository: 'evil/shop', ref: 'refs/tags/v1' })).toBe('notPermitted');
});

it('grants by the file as it is now; one that is broken is told of, and leaves what was granted', async () => {
  const grantsFile = join(dir, 'grants.yaml');
  const granting = (role: string) => writeFile(grantsFile, `grants: [{ when: { sub: ci }, role: ${role} }]`);
  await granting('viewer');
  await provider.signWith([await signingKey('k1')], {});
  const identities = await known({ grantsFile });
  const holderOf = (token: string) => identities.holderOf(token);
  const token = await provider.token(AUDIENCE);
  expect((await holderOf(token)).role).toBe('viewer');
  const patience = { timeout: 10_000, interval: 10 };
  await granting('operator');
  await vi.waitFor(async () => {
    expect((await holderOf(token)).role).toBe('operator');
  }, patience);
  await granting('boss');
  await vi.waitFor(() => {
    expect(identities.problems()).toEqual([expect.stringMatching(/role.*the grants before count on$/s)]);
  }, patience);
  expect((await holderOf(token)).role).toBe('operator');
  await granting('admin');
  await vi.waitFor(async () => {
    expect([(await holderOf(token)).role, identities.problems()]).toEqual(['admin', []]);
  }, patience);
  expect(told.at(-1)).toMatch(/the grants before count on$/);
});

it.each([
  ['grants: [{ when: {}, role: admin }]', 'grants.yaml', 1],
  ['grants:\n  - when: { a: b }\n    role: boss', 'must be one of viewer, operator, admin', 3],
  ['grants:\n  - when: { a: b }\n    rol: admin', 'rol', 2],
  ['grants:\n  - when: { a: b }\n    role: viewer\n    rollouts: [a b]', 'grants', 4],
  ['grants: []', 'grants', 1],
  ['grant: []', 'grant', 1],
  ['- a', 'grants.yaml', 1],
  ['grants: [', 'not YAML', 1],
])('refuses grants with their place: %j', async (...[text, words, line]) => {
  const grantsFile = join(dir, 'grants.yaml');
  await writeFile(grantsFile, text);
  const failed = await holder({ grantsFile }).catch((cause: unknown) => cause);
  expect(failed).toMatchObject({ code: 'invalidSpec' });
  const { message, problems } = failed as { message: string; problems: readonly { line?: number }[] };
  expect(`${message} ${JSON.stringify(problems)}`).toContain(words);
  expect(problems[0]).toMatchObject({ file: grantsFile, line });
});

it.each([
  ['', 'has 0 documents'],
  ['grants: []\n---\ngrants: []', 'has 2 documents'],
])('refuses a file that is not one document: %j', async (text, words) => {
  const grantsFile = join(dir, 'grants.yaml');
  await writeFile(grantsFile, text);
  await expect(holder({ grantsFile })).rejects.toThrow(words);
});

it('refuses a file that is not there', async () => {
  await expect(holder({ grantsFile: join(dir, 'none') })).rejects.toMatchObject({ code: 'usage' });
});
