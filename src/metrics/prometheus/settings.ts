import type { Authentication } from '../../system/credentials.ts';

/** A server that answers the Prometheus API, and how to reach it. */
export interface PrometheusSettings {
  /** The source's name, as checks refer to it. */
  readonly name: string;
  /** `http://host:9090`, or with a base path as in `https://host/prometheus`. */
  readonly address: string;
  readonly auth?: Authentication;
  readonly tls?: TlsSettings;
  /** Further headers, such as a tenant's id. Their values may be secrets. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The longest wait for one call, retries included. Default 10 s. */
  readonly timeoutMs?: number;
  /** An answer larger than this is given up. Default 32 MiB. */
  readonly mostAnswerBytes?: number;
  /** Calls within this time go out together. Default 100 ms. */
  readonly gatherMs?: number;
}

/** Certificates and keys, PEM; `version` changes with them. */
export interface TlsFiles {
  readonly version: string;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** Reads them as they are now; throws Failure where there are none. */
export type ReadTlsFiles = () => Promise<TlsFiles>;

/** How to speak TLS; the files are read again when they change. */
export interface TlsSettings {
  /** Instead of files: where their contents come from. */
  readonly read?: ReadTlsFiles;
  /** Certificates that are trusted instead of the system's. PEM. */
  readonly caFile?: string;
  /** Our own certificate and its key. PEM. */
  readonly certFile?: string;
  readonly keyFile?: string;
  /** The name the server's certificate must have, when it is not the address's. */
  readonly serverName?: string;
  /** True: any certificate is accepted. */
  readonly insecure?: boolean;
}
