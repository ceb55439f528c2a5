import { createHmac } from 'node:crypto';
import { exportSPKI } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeIssuer, signingKey, type SigningKey } from '../../../../test/oidc/issuer.ts';
import { Failure } from '../../../base/failure.ts';
import { Issuer, type IssuerOptions } from './issuer.ts';

const HOUR_S = 3_600;
const now = (): number => Math.floor(Date.now() / 1_000);

let issuer: FakeIssuer;
let key: SigningKey;

beforeEach(async () => {
  issuer = await FakeIssuer.start();
  key = await signingKey('k1');
  issuer.keys = [key];
});

afterEach(() => issuer.close());

function checker(patience: IssuerOptions['patience'] = {}): Issuer {
  return new Issuer({ issuer: issuer.url, audience: 'coalmine', patience });
}

/** Whose token it is, or why it is none; the words never hold the token. */
async function outcome(checked: Issuer, token: string): Promise<string> {
  try {
    return `of ${JSON.stringify((await checked.claimsOf(token))['sub'])}`.replaceAll('"', '');
  } catch (cause) {
    if (!(cause instanceof Failure)) throw cause;
    for (const part of token.split('.').filter((one) => one.length > 10)) {
      expect(`${cause.message} ${cause.hint ?? ''}`).not.toContain(part);
    }
    return `${cause.code}: ${cause.message}`;
  }
}

describe('a token of an identity provider', () => {
  it.each(['RS256', 'ES256', 'EdDSA'])('that is signed with %s is its holder’s', async (alg) => {
    const other = await signingKey('other', alg);
    issuer.keys = [key, other];
    expect(await outcome(checker(), await issuer.token(other))).toBe('of ana');
  });

  it.each([
    ['is for somebody else', { aud: 'shop' }, 'the claim aud'],
    ['is for nobody', { aud: undefined }, 'the claim aud'],
    ['is of another issuer', { iss: 'https://evil.example' }, 'the claim iss'],
    ['has expired', { exp: now() - 60 }, 'the token has expired'],
    ['never expires', { exp: undefined }, 'the claim exp of the token is missing'],
    ['is not good yet', { nbf: now() + 60 }, 'the claim nbf'],
  ])('that %s is of no use', async (_, claims, words) => {
    const told = await outcome(checker(), await issuer.token(key, { claims }));
    expect(told).toContain(words);
    expect(told).toMatch(/^unauthenticated: /);
  });

  it.each([
    ['has expired just now', { exp: now() - 5 }],
    ['is good in a moment', { nbf: now() + 5 }],
    ['is for several, of whom this is one', { aud: ['shop', 'coalmine'] }],
  ])('that %s is good: clocks differ', async (_, claims) => {
    expect(await outcome(checker(), await issuer.token(key, { claims }))).toBe('of ana');
  });

  it.each(['PS256', 'RS512', 'ES384'])(
    'that is signed with %s is of no use, though the issuer shows the key',
    async (alg) => {
      const other = await signingKey('other', alg);
      issuer.keys = [key, other];
      expect(await outcome(checker(), await issuer.token(other))).toMatch(
        /^unauthenticated: .*only RS256, ES256, EdDSA, Ed25519 are taken/,
      );
    },
  );

  it('that is signed by nobody, by a word, or by a stranger is of no use', async () => {
    const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = part({ iss: issuer.url, aud: 'coalmine', sub: 'ana', exp: now() + HOUR_S });
    const hmac = (secret: string, head: string): string =>
      `${head}.${claims}.${createHmac('sha256', secret).update(`${head}.${claims}`).digest('base64url')}`;
    const rsa = await signingKey('rsa', 'RS256');
    issuer.keys = [key, rsa];
    const stranger = await signingKey('k1');
    const good = await issuer.token(key);
    const [head = '', , signature = ''] = good.split('.');
    const tokens = [
      `${part({ alg: 'none' })}.${claims}.`,
      `${part({ alg: 'none', kid: 'k1' })}.${claims}.${signature}`,
      // The public key, which everybody knows, as a shared secret.
      hmac(await exportSPKI(rsa.publicKey), part({ alg: 'HS256', kid: 'rsa' })),
      hmac(JSON.stringify(rsa.jwk), part({ alg: 'HS256', kid: 'rsa' })),
      // The signature of another token.
      `${head}.${part({ iss: issuer.url, aud: 'coalmine', sub: 'eve', exp: now() + HOUR_S })}.${signature}`,
      await issuer.token(stranger),
      await issuer.token(stranger, { header: { jwk: stranger.jwk } }),
      await issuer.token(stranger, { header: { jku: `${issuer.url}/mine`, kid: 'mine' } }),
      await issuer.token(await signingKey('ps', 'PS256')),
      // Another algorithm than the key is for.
      `${part({ alg: 'RS256', kid: 'k1' })}.${claims}.${signature}`,
      'a.b.c',
      `${'a'.repeat(9_000)}.b.c`,
    ];
    const checked = checker();
    for (const token of tokens) expect(await outcome(checked, token)).toMatch(/^unauthenticated: /);
    expect(await outcome(checked, good)).toBe('of ana');
    expect(issuer.asked).not.toContain('/mine');
  });
});

describe('the keys of an identity provider', () => {
  it('are asked for once, and again when one is not known', async () => {
    const checked = checker({ lookAgainAfterMs: 0 });
    for (let times = 0; times < 5; times += 1) await outcome(checked, await issuer.token(key));
    expect(issuer.asked).toEqual(['/.well-known/openid-configuration', '/jwks']);
    const next = await signingKey('k2');
    issuer.keys = [key, next];
    expect(await outcome(checked, await issuer.token(next))).toBe('of ana');
    expect(await outcome(checked, await issuer.token(key))).toBe('of ana');
    issuer.keys = [next];
    await outcome(checked, await issuer.token(await signingKey('k3')));
    expect(await outcome(checked, await issuer.token(key))).toMatch(/^unauthenticated: /);
  });

  it('are asked for once, however many come at once before they are known', async () => {
    const checked = checker();
    const tokens = [await issuer.token(key), await issuer.token(await signingKey('unknown'))];
    const many = Array.from({ length: 100 }, (_, count) => outcome(checked, tokens[count % 2] ?? ''));
    expect((await Promise.all(many)).filter((told) => told === 'of ana')).toHaveLength(50);
    expect(issuer.asked).toEqual(['/.well-known/openid-configuration', '/jwks']);
  });

  it('are not asked for again by each of many tokens with keys that nobody knows', async () => {
    const checked = checker();
    await outcome(checked, await issuer.token(key));
    const unknown = await issuer.token(await signingKey('unknown'));
    const told = await Promise.all(Array.from({ length: 100 }, () => outcome(checked, unknown)));
    expect(new Set(told).size).toBe(1);
    expect(issuer.asked).toHaveLength(2);
  });

  it('that are known let in while the issuer is down', async () => {
    const checked = checker({ discoveryForMs: 0 });
    expect(await outcome(checked, await issuer.token(key))).toBe('of ana');
    issuer.answer = (_, response) => {
      response.statusCode = 503;
      response.end('{}');
      return true;
    };
    expect(await outcome(checked, await issuer.token(key))).toBe('of ana');
  });
});

describe('an issuer that is of no use', () => {
  type Answer = NonNullable<FakeIssuer['answer']>;
  const says =
    (path: string, text: string, status = 200): Answer =>
    (asked, response) => {
      if (asked !== path) return false;
      response.writeHead(status, { location: '/elsewhere' }).end(text);
      return true;
    };
  const DISCOVERY = '/.well-known/openid-configuration';
  it.each<readonly [string, Answer, string]>([
    ['is down', says(DISCOVERY, '', 503), 'it answered 503'],
    ['sends elsewhere', says(DISCOVERY, '', 302), 'it answered 302'],
    ['does not speak JSON', says(DISCOVERY, '<html>'), 'not valid JSON'],
    [
      'speaks for another',
      says(DISCOVERY, '{"issuer":"https://a.example"}'),
      'speaks for "https://a.example"',
    ],
    ['says too much', says(DISCOVERY, `"${'x'.repeat(2_000_000)}"`), 'over 1048576 bytes'],
    ['has no keys', says('/jwks', '{"keys":1}'), 'does not show keys'],
    ['fails to show its keys', says('/jwks', '', 500), 'it answered 500'],
    ['hangs', () => true, 'does not answer'],
    ['hangs up', (_, response) => response.destroy() === response, 'does not answer'],
  ])('since it %s is told of, and asked again after a while', async (...[, answer, words]) => {
    issuer.answer = answer;
    const checked = checker({ answerWithinMs: 200, pauseMs: 0, lookAgainAfterMs: 0 });
    const token = await issuer.token(key);
    const told = await outcome(checked, token);
    expect(told).toContain(words);
    expect(told).toMatch(/^unreachable: /);
    issuer.answer = undefined;
    expect(await outcome(checked, token)).toBe('of ana');
  });

  it('is not asked by each of many who come meanwhile', async () => {
    issuer.answer = says(DISCOVERY, '', 503);
    const checked = checker({ pauseMs: 60_000 });
    const token = await issuer.token(key);
    await outcome(checked, token);
    await Promise.all(Array.from({ length: 50 }, () => outcome(checked, token)));
    expect(issuer.asked).toHaveLength(1);
  });

  it.each(['http://idp.example.com', 'idp.example.com', 'ftp://127.0.0.1'])(
    'is refused by its address: %s',
    (url) => {
      expect(() => new Issuer({ issuer: url, audience: 'coalmine' })).toThrow(/is not an https URL/);
    },
  );

  it('does not send anybody for its keys where others can answer', async () => {
    const open = { issuer: issuer.url, jwks_uri: 'http://idp.example.com/jwks' };
    issuer.answer = says(DISCOVERY, JSON.stringify(open));
    expect(await outcome(checker(), await issuer.token(key))).toMatch(/^unreachable: .*anybody on the way/);
  });
});
