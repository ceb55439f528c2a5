import { constants } from 'node:crypto';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import { certificateKey, type GatewayConfig, type PemCertificate } from '../protocol.ts';
import { hostName } from '../http1/request-head.ts';

/** TLS 1.2 and 1.3, and no handshakes that a client may start again and again. */
export const TLS_RULES: SecureContextOptions = {
  minVersion: 'TLSv1.2',
  secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
  honorCipherOrder: true,
};

/** Which certificate a worker shows to whom. */
export class SecureContexts {
  #contexts = new Map<string, SecureContext>();
  #config: GatewayConfig | undefined;
  #byHost = new Map<string, SecureContext>();
  #anyHost: SecureContext | undefined;
  #certificates: readonly PemCertificate[] = [];

  /** Shows these from the next handshake on. */
  replace(certificates: readonly PemCertificate[]): void {
    this.#certificates = certificates;
    this.#contexts = new Map(
      certificates.map(({ files, cert, key }) => [
        certificateKey(files),
        createSecureContext({ ...TLS_RULES, cert, key }),
      ]),
    );
    this.#assign();
  }

  /** Shows each host of `config` its own. */
  serve(config: GatewayConfig): void {
    this.#config = config;
    this.#assign();
  }

  /** For a client that asks for this host; undefined when nobody serves it over TLS. */
  of(name: string): SecureContext | undefined {
    return this.#byHost.get(hostName(name)) ?? this.#anyHost;
  }

  /** For a client that names no host, since it has asked for an address: that of any host, else the first. */
  nameless(): PemCertificate | undefined {
    const routes = this.#config?.routes.filter(({ tls }) => tls !== undefined) ?? [];
    const { tls } = routes.find(({ host }) => host === undefined) ?? routes[0] ?? {};
    if (tls === undefined) return undefined;
    const key = certificateKey(tls);
    return this.#certificates.find(({ files }) => certificateKey(files) === key);
  }

  #assign(): void {
    this.#byHost = new Map();
    this.#anyHost = undefined;
    for (const { host, tls } of this.#config?.routes ?? []) {
      const context = tls === undefined ? undefined : this.#contexts.get(certificateKey(tls));
      if (context === undefined) continue;
      if (host === undefined) this.#anyHost ??= context;
      else if (!this.#byHost.has(host)) this.#byHost.set(host, context);
    }
  }
}
