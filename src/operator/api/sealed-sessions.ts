import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import { decodeJwt } from 'jose';
import { tokenIn } from '../../api/access/account.ts';
import type { Caller, NewSession, SessionEnds } from '../../api/access/caller.ts';
import { Failure } from '../../base/failure.ts';
import { isJsonObject } from '../../base/json.ts';
import type { EndedSessions } from './ended-sessions.ts';

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** What the key is made for, and what is sealed with it: nothing else that the installation seals can pass for a session. */
const PURPOSE = 'coalmine session';
/** No session lasts longer, whatever its token does. */
const LONGEST_MS = 12 * 3_600_000;
/** Longer cookies are not kept by browsers. */
const LONGEST_SECRET = 3_800;
/** What sessions are made with. */
export interface SealedSessionParts {
  /** The key of the installation, which all replicas have. */
  readonly keyOf: () => Promise<string>;
  /** Knows those that were ended, and when they would have ended by themselves, by their digests. */
  readonly ended: Pick<EndedSessions, 'add' | 'has'>;
  /** Wall clock, milliseconds since 1970. */
  readonly now: () => number;
}

/** What the holder of a session has come by. */
export interface SessionContent {
  readonly token: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/**
 * Sessions that are kept nowhere: the cookie itself is the token of an account, sealed with the key of the installation, so
 * that every replica reads it and nobody else does. It says when it ends, never after its token. Only of one that was ended
 * before that it is kept that it was.
 */
export class SealedSessions implements SessionEnds {
  readonly #parts: SealedSessionParts;

  constructor(parts: SealedSessionParts) {
    this.#parts = parts;
  }

  async begin(caller: Caller, request: Pick<Request, 'headers'>): Promise<NewSession> {
    const token = tokenIn(request);
    const expiresAt = Math.min(this.#parts.now() + LONGEST_MS, endOf(token));
    const secret = await this.#sealed({ token, expiresAt });
    if (secret.length <= LONGEST_SECRET) return { secret, caller: { ...caller, expiresAt } };
    throw new Failure('usage', `this token is too long for a cookie: it has ${token.length} characters`, {
      hint: 'log in with a token of a ServiceAccount, as `kubectl create token NAME` makes it',
    });
  }

  async end(secret: string): Promise<void> {
    const content = await this.#opened(secret);
    if (content !== undefined) await this.#parts.ended.add(digestOf(secret), content.expiresAt);
  }

  /** What a session holds. Throws Failure `unauthenticated` for one that has ended, or was not begun here. */
  async contentOf(secret: string): Promise<SessionContent> {
    const content = await this.#opened(secret);
    if (content === undefined) throw over('it was not begun here');
    if (this.#parts.now() >= content.expiresAt) throw over('it has lasted long enough');
    if (await this.#parts.ended.has(digestOf(secret))) throw over('its holder has logged out');
    return content;
  }

  async #sealed(content: SessionContent): Promise<string> {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, await this.#key(), nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(Buffer.from(PURPOSE));
    const text = Buffer.concat([cipher.update(JSON.stringify(content)), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), text]).toString('base64url');
  }

  async #opened(secret: string): Promise<SessionContent | undefined> {
    const bytes = Buffer.from(secret, 'base64url');
    const from = NONCE_BYTES + TAG_BYTES;
    // Written otherwise, the same bytes would not be known for those that were ended.
    if (bytes.length <= from || bytes.toString('base64url') !== secret) return undefined;
    const key = await this.#key();
    try {
      const nonce = bytes.subarray(0, NONCE_BYTES);
      const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
      decipher.setAAD(Buffer.from(PURPOSE));
      decipher.setAuthTag(bytes.subarray(NONCE_BYTES, from));
      const text = Buffer.concat([decipher.update(bytes.subarray(from)), decipher.final()]);
      return contentIn(JSON.parse(text.toString('utf8')));
    } catch {
      // Whatever was not sealed with this very key, for this purpose.
      return undefined;
    }
  }

  async #key(): Promise<Buffer> {
    return Buffer.from(hkdfSync('sha256', await this.#parts.keyOf(), '', PURPOSE, KEY_BYTES));
  }
}

function contentIn(value: unknown): SessionContent | undefined {
  if (!isJsonObject(value)) return undefined;
  const { token, expiresAt } = value;
  return typeof token === 'string' && typeof expiresAt === 'number' ? { token, expiresAt } : undefined;
}

/** When a token says that it ends, in milliseconds since 1970. Whether it is in force is asked of the API server each time. */
function endOf(token: string): number {
  try {
    return (decodeJwt(token).exp ?? Infinity) * 1_000;
  } catch {
    // It is no JWT, and says nothing.
    return Infinity;
  }
}

function digestOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}

function over(why: string): Failure {
  return new Failure('unauthenticated', `the session has ended: ${why}`, {
    hint: 'log in again with the token of an account: `kubectl create token NAME` makes one',
  });
}
