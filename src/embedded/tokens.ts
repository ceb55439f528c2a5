import { timingSafeEqual } from 'node:crypto';
import type { Caller } from '../api/access/caller.ts';
import type { CreatedToken, TokenRequest, TokenView } from '../api/resources.ts';
import { Failure } from '../base/failure.ts';
import { rightsOf } from '../engine/access-role.ts';
import type { Author } from '../engine/author.ts';
import type { StateStore } from '../store/queries.ts';
import type { StoredToken } from '../store/rows/token.ts';
import { digestOf, newSecret } from './secret-digest.ts';

/** So that a secret is found for what it is, in a text where it should not be. */
const PREFIX = 'coalmine_';

type TokenStore = Pick<StateStore, 'tokens' | 'addToken' | 'revokeToken'>;

/** The tokens of one data directory. */
export class Tokens {
  readonly #store: TokenStore;
  readonly #now: () => number;

  constructor(store: TokenStore, now: () => number) {
    this.#store = store;
    this.#now = now;
  }

  /** Makes a token. Throws Failure `conflict` while there is another one of its name. */
  async create({ groups = [], ...request }: TokenRequest, by: Author): Promise<CreatedToken> {
    const { name, expiresInMs } = request;
    const secret = `${PREFIX}${newSecret()}`;
    const createdAt = this.#now();
    const token: StoredToken = {
      name,
      digest: digestOf(secret),
      ...rightsOf({ ...request, groups }),
      createdAt,
      createdBy: by,
      ...(expiresInMs === undefined ? {} : { expiresAt: createdAt + expiresInMs }),
    };
    if (await this.#store.addToken(token)) return { ...viewOf(token), secret };
    throw new Failure('conflict', `there is a token ${name} already`, {
      hint: `a name stands for one person or program: revoke it first (\`coalmine token revoke ${name}\`)`,
    });
  }

  /** Every token there ever was, oldest first. */
  async list(): Promise<readonly TokenView[]> {
    return (await this.#store.tokens()).map(viewOf);
  }

  /** Lets nobody in by a token any more. Throws Failure `notFound` when there is none in force. */
  async revoke(name: string, by: Author): Promise<TokenView> {
    const isRevoked = await this.#store.revokeToken(name, { at: this.#now(), by });
    const token = (await this.#store.tokens()).findLast((one) => one.name === name);
    if (isRevoked && token !== undefined) return viewOf(token);
    const why = token === undefined ? `there is no token ${name}` : `the token ${name} is revoked already`;
    throw new Failure('notFound', why, { hint: 'see `coalmine token list` for those there are' });
  }

  /** Throws Failure `unauthenticated` for a secret of no token, or of one that is not in force any more. */
  async holderOf(secret: string): Promise<Caller> {
    const found = await this.#inForce(digestOf(secret));
    if ('problem' in found) {
      throw new Failure('unauthenticated', found.problem, {
        hint: 'ask an admin for another: `coalmine token create`',
      });
    }
    const { digest, name, expiresAt } = found;
    return {
      author: { kind: 'token', name },
      ...rightsOf(found),
      grant: digest,
      ...(expiresAt === undefined ? {} : { expiresAt }),
    };
  }

  /** Throws Failure `unauthenticated` when the token of this digest, a grant, is not in force any more. */
  async requireInForce(grant: string): Promise<void> {
    const found = await this.#inForce(grant);
    if ('problem' in found) {
      throw new Failure('unauthenticated', found.problem, { hint: 'log in by another token' });
    }
  }

  async #inForce(wanted: string): Promise<StoredToken | { readonly problem: string }> {
    const digest = Buffer.from(wanted);
    const token = (await this.#store.tokens()).find((one) =>
      timingSafeEqual(Buffer.from(one.digest), digest),
    );
    if (token === undefined) return { problem: 'the token is not known here' };
    const { name, expiresAt, revoked } = token;
    if (revoked !== undefined) return { problem: `the token ${name} was revoked` };
    if (expiresAt !== undefined && expiresAt <= this.#now())
      return { problem: `the token ${name} has expired` };
    return token;
  }
}

function viewOf({ digest: _, ...token }: StoredToken): TokenView {
  return token;
}
