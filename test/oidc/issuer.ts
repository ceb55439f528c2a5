import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';

/** A key pair with a name, as an issuer has them. */
export interface SigningKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  readonly jwk: JWK;
}

/** Makes a key pair. */
export async function signingKey(kid: string, alg = 'ES256'): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, alg, privateKey, publicKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}

/** What a token of a test is made of, where it is not as it should be. */
export interface Making {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
}

/** An issuer that does as it is told, well or not. */
export class FakeIssuer {
  readonly url: string;
  /** The keys that it shows. */
  keys: readonly SigningKey[] = [];
  /** What is answered in place of its documents. */
  answer: ((path: string, response: ServerResponse) => boolean) | undefined;
  /** The paths that were asked for, in order. */
  readonly asked: string[] = [];
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('request', (request, response) => {
      this.#serve(request, response);
    });
  }

  static async start(): Promise<FakeIssuer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new FakeIssuer(server);
  }

  /** A token for `coalmine` that is good for an hour, but for what the test changes. */
  async token(key: SigningKey, { claims = {}, header = {} }: Making = {}): Promise<string> {
    const now = Math.floor(Date.now() / 1_000);
    return new SignJWT({ iss: this.url, aud: 'coalmine', sub: 'ana', iat: now, exp: now + 3_600, ...claims })
      .setProtectedHeader({ alg: key.alg, kid: key.kid, ...header })
      .sign(key.privateKey);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve({ url = '' }: IncomingMessage, response: ServerResponse): void {
    this.asked.push(url);
    if (this.answer?.(url, response) === true) return;
    const documents: Readonly<Record<string, unknown>> = {
      '/.well-known/openid-configuration': { issuer: this.url, jwks_uri: `${this.url}/jwks` },
      '/jwks': { keys: this.keys.map(({ jwk }) => jwk) },
    };
    response.statusCode = url in documents ? 200 : 404;
    response.end(JSON.stringify(documents[url] ?? {}));
  }
}
