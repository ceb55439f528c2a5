import { createRemoteJWKSet, customFetch, errors, jwtVerify, type JWTVerifyGetKey } from 'jose';
import { Failure } from '../../../base/failure.ts';
import { isJsonObject, type JsonObject } from '../../../base/json.ts';
import { isProtected, refuseUnprotected } from './protected-url.ts';
import { IssuerRequests, type Patience } from './issuer-requests.ts';

/** Signatures of key pairs: with a shared secret, or none at all, whoever checks tokens could make them. */
const ALGORITHMS: readonly string[] = ['RS256', 'ES256', 'EdDSA', 'Ed25519'];
/** How much clocks may differ. */
const SKEW_S = 30;
const MOST_TOKEN_CHARACTERS = 8_192;
const KEYS_FOR_MS = 600_000;
/** A key that is not known makes the list be read again, and no more often than this. */
const LOOK_AGAIN_AFTER_MS = 30_000;
const DISCOVERY_FOR_MS = 3_600_000;

/** An identity provider, as OpenID Connect describes them. */
export interface IssuerOptions {
  /** As its tokens name it. */
  readonly issuer: string;
  /** Whom its tokens are for: what coalmine is called there. */
  readonly audience: string;
  readonly patience?: Patience & { readonly lookAgainAfterMs?: number; readonly discoveryForMs?: number };
}

interface Discovered {
  readonly at: number;
  readonly url: string;
  readonly keys: JWTVerifyGetKey;
}

/** Checks what an identity provider has signed. It asks for the keys when they are needed first, and keeps them a while. */
export class Issuer {
  readonly #options: IssuerOptions;
  readonly #requests: IssuerRequests;
  #discovered: Discovered | undefined;
  /** All who come meanwhile wait for the same answer. */
  #discovering: Promise<JWTVerifyGetKey> | undefined;

  /** Throws Failure `usage` for an address that anybody on the way could answer for. */
  constructor(options: IssuerOptions) {
    refuseUnprotected(options.issuer);
    this.#options = options;
    this.#requests = new IssuerRequests(options.patience);
  }

  /**
   * The claims of a token. Throws Failure `unauthenticated` for one that is not the issuer's, not for here, or not of now, and
   * `unreachable` when its keys cannot be had.
   */
  async claimsOf(token: string): Promise<JsonObject> {
    if (token.length > MOST_TOKEN_CHARACTERS) throw new Failure('unauthenticated', 'the token is too long');
    const { issuer, audience } = this.#options;
    const rules = { issuer, audience, algorithms: [...ALGORITHMS], clockTolerance: SKEW_S };
    try {
      const { payload } = await jwtVerify(token, await this.#keys(), { ...rules, requiredClaims: ['exp'] });
      return payload as JsonObject;
    } catch (cause) {
      if (cause instanceof Failure) throw cause;
      throw refusal(cause, issuer);
    }
  }

  async #keys(): Promise<JWTVerifyGetKey> {
    const { discoveryForMs = DISCOVERY_FOR_MS } = this.#options.patience ?? {};
    const known = this.#discovered;
    if (known !== undefined && performance.now() - known.at < discoveryForMs) return known.keys;
    this.#discovering ??= this.#rediscover(known).finally(() => {
      this.#discovering = undefined;
    });
    return this.#discovering;
  }

  async #rediscover(known: Discovered | undefined): Promise<JWTVerifyGetKey> {
    try {
      const url = await this.#discover();
      const keys = url === known?.url ? known.keys : this.#keysAt(url);
      this.#discovered = { at: performance.now(), url, keys };
      return keys;
    } catch (cause) {
      if (known === undefined) throw cause;
      return known.keys;
    }
  }

  async #discover(): Promise<string> {
    const { issuer } = this.#options;
    const at = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
    const found = await this.#requests.json(at);
    const { issuer: named, jwks_uri: url } = isJsonObject(found) ? found : {};
    if (named !== issuer) {
      throw new Failure(
        'unreachable',
        `${at} speaks for ${JSON.stringify(named ?? null).slice(0, 200)}, not for ${issuer}`,
        {
          hint: 'write --oidc-issuer exactly as the issuer names itself, its last slash too',
        },
      );
    }
    if (typeof url !== 'string') throw new Failure('unreachable', `${at} does not say where its keys are`);
    if (isProtected(url)) return url;
    throw new Failure('unreachable', `${at} sends for its keys where anybody on the way could answer`);
  }

  #keysAt(url: string): JWTVerifyGetKey {
    const { lookAgainAfterMs = LOOK_AGAIN_AFTER_MS } = this.#options.patience ?? {};
    return createRemoteJWKSet(new URL(url), {
      cacheMaxAge: Math.max(KEYS_FOR_MS, lookAgainAfterMs),
      cooldownDuration: lookAgainAfterMs,
      [customFetch]: async () => Response.json(await this.#requests.json(url)),
    });
  }
}

/** What is wrong in words; nothing of the token is in them. */
function refusal(cause: unknown, issuer: string): Failure {
  const hint = 'get a new token from the identity provider';
  if (cause instanceof errors.JWTExpired)
    return new Failure('unauthenticated', 'the token has expired', { hint });
  if (cause instanceof errors.JWTClaimValidationFailed) {
    const why = cause.reason === 'missing' ? 'is missing' : 'is not what it should be';
    return new Failure('unauthenticated', `the claim ${cause.claim} of the token ${why}`, { hint });
  }
  if (cause instanceof errors.JOSEAlgNotAllowed || cause instanceof errors.JOSENotSupported) {
    const known = ALGORITHMS.join(', ');
    return new Failure('unauthenticated', `the token is not signed as it should be: only ${known} are taken`);
  }
  if (cause instanceof errors.JWKSInvalid) {
    return new Failure('unreachable', `${issuer} does not show keys as an issuer does`);
  }
  if (cause instanceof errors.JOSEError) {
    return new Failure('unauthenticated', `the token is not one that ${issuer} has signed`, { hint });
  }
  if (cause instanceof TypeError) {
    return new Failure('unauthenticated', `the key that has signed the token is not taken: ${cause.message}`);
  }
  throw cause;
}
