import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, type JWK } from 'jose';
import { Provider } from 'oidc-provider';
import type { SigningKey } from './issuer.ts';

const CLIENT = { client_id: 'ci', client_secret: 'the-secret-of-ci' };

/** A certified OpenID Connect provider, with one client that gets tokens by its secret. */
export class RealProvider {
  readonly url: string;
  readonly #server: Server;
  #handler: RequestListener | undefined;

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('request', (request, response) => {
      this.#handler?.(request, response);
    });
  }

  static async start(): Promise<RealProvider> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new RealProvider(server);
  }

  /** Signs with the first of these keys from now on, and shows all of them. `claims` are in every token. */
  async signWith(keys: readonly SigningKey[], claims: Readonly<Record<string, unknown>>): Promise<void> {
    const jwks = await Promise.all(
      keys.map(async ({ privateKey, kid, alg }): Promise<JWK> => ({
        ...(await exportJWK(privateKey)),
        ...{ kid, alg, use: 'sig' },
      })),
    );
    const provider = new Provider(this.url, {
      jwks: { keys: jwks },
      clients: [
        {
          ...CLIENT,
          grant_types: ['client_credentials'],
          redirect_uris: [],
          response_types: [],
          token_endpoint_auth_method: 'client_secret_post',
          id_token_signed_response_alg: 'ES256',
        },
      ],
      ttl: { ClientCredentials: 600 },
      extraTokenClaims: () => claims,
      features: {
        clientCredentials: { enabled: true },
        devInteractions: { enabled: false },
        resourceIndicators: {
          enabled: true,
          getResourceServerInfo: (_, resource) => ({
            scope: '',
            audience: resource,
            accessTokenFormat: 'jwt',
            jwt: { sign: { alg: 'ES256' } },
          }),
        },
      },
    });
    const serve = provider.callback();
    this.#handler = (request, response) => void serve(request, response);
  }

  /** A token that the client gets for somebody. */
  async token(audience: string): Promise<string> {
    const body = new URLSearchParams({ ...CLIENT, grant_type: 'client_credentials', resource: audience });
    const response = await fetch(`${this.url}/token`, { method: 'POST', body });
    const { access_token: token, ...rest } = (await response.json()) as { readonly access_token?: string };
    if (token === undefined) throw new Error(`the provider gives no token: ${JSON.stringify(rest)}`);
    return token;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
