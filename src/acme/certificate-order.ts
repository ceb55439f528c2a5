import { X509Certificate } from 'node:crypto';
import { isJsonObject, type JsonObject } from '../base/json.ts';
import { accountKey, newKeyPem } from './account-key.ts';
import { Authority, type AuthorityAddress } from './authority.ts';
import { problemOf, textOf } from './authority-problem.ts';
import { odd, RefusedByAuthority } from './exchange.ts';
import { signingRequest } from './signing-request.ts';

/** How long an authority may take to look at a host, and to make the certificate. */
const SETTLED_WITHIN_MS = 120_000;

/** A certificate that is wanted. */
export interface CertificateWish {
  readonly host: string;
  readonly authority: AuthorityAddress;
  /** Whom the authority may write to. */
  readonly email: string;
  /** As `newKeyPem` makes them. */
  readonly accountKeyPem: string;
  /**
   * Has the gateway answer for the host what the authority will ask: `answer` at
   * `/.well-known/acme-challenge/TOKEN`. Returns when all of it does.
   */
  readonly prove: (proof: { readonly token: string; readonly answer: string }) => Promise<void>;
}

/** Orders a certificate; answers it, with its key and its chain, as one PEM. Throws Failure, naming what was refused. */
export async function orderCertificate(wish: CertificateWish, signal: AbortSignal): Promise<string> {
  const key = accountKey(wish.accountKeyPem);
  const authority = await Authority.open(wish.authority, key, signal);
  try {
    await authority.enter(wish.email);
    const { location, body } = await authority.order(wish.host);
    if (location === undefined) throw odd('it names no order');
    for (const url of listOf(body, 'authorizations')) {
      await authorize({ authority, url }, async (token) => {
        await wish.prove({ token, answer: `${token}.${key.thumbprint}` });
      });
    }
    return await collect({ authority, url: location }, wish.host);
  } finally {
    await authority.close();
  }
}

interface Asked {
  readonly authority: Authority;
  readonly url: string;
}

/** Proves that the host is ours. */
async function authorize({ authority, url }: Asked, prove: (token: string) => Promise<void>): Promise<void> {
  const { body } = await authority.post(url);
  if (textOf(body, 'status') === 'valid') return;
  const challenge = challengeOf(body);
  if (challenge === undefined) throw odd('it does not offer to ask the host over HTTP (http-01)');
  await prove(textOf(challenge, 'token'));
  await authority.post(textOf(challenge, 'url'), {});
  const settled = await authority.settled(url, ['pending', 'processing'], SETTLED_WITHIN_MS);
  if (textOf(settled, 'status') !== 'valid') throw refused(challengeOf(settled)?.['error']);
}

/** Has the certificate made, and fetches it. */
async function collect({ authority, url }: Asked, host: string): Promise<string> {
  const ready = await authority.settled(url, ['pending'], SETTLED_WITHIN_MS);
  if (textOf(ready, 'status') === 'invalid') throw refused(ready['error']);
  const keyPem = newKeyPem();
  const csr = signingRequest(host, keyPem).toString('base64url');
  await authority.post(textOf(ready, 'finalize'), { csr });
  const made = await authority.settled(url, ['ready', 'processing'], SETTLED_WITHIN_MS);
  if (textOf(made, 'status') !== 'valid') throw refused(made['error']);
  const { text } = await authority.post(textOf(made, 'certificate'));
  return `${keyPem}${checked(text, host)}`;
}

/** Nothing is kept that the gateway could not serve. */
function checked(chain: string, host: string): string {
  try {
    if (new X509Certificate(chain).checkHost(host) !== undefined) return chain;
  } catch {
    throw odd('its certificate cannot be read');
  }
  throw odd(`its certificate is not for ${host}`);
}

function challengeOf(authorization: JsonObject): JsonObject | undefined {
  const challenges = Array.isArray(authorization['challenges']) ? authorization['challenges'] : [];
  return (challenges as readonly unknown[]).filter(isJsonObject).find((one) => one['type'] === 'http-01');
}

function listOf(body: JsonObject, key: string): string[] {
  const list = Array.isArray(body[key]) ? (body[key] as readonly unknown[]) : [];
  return list.filter((item) => typeof item === 'string');
}

function refused(error: unknown): RefusedByAuthority {
  return new RefusedByAuthority(problemOf(isJsonObject(error) ? error : {}, 400), {
    nonce: undefined,
    retryAfterMs: undefined,
  });
}
