import { readFile } from 'node:fs/promises';
import {
  firstCertificate,
  keepCertificate,
  type CertificateSource,
  type PemPair,
} from '../../api/tls-certificate.ts';
import type { JsonObject } from '../../base/json.ts';
import { built } from '../../system/built.ts';
import { listenAt } from '../../system/loopback.ts';
import { onAbort } from '../../system/waiting.ts';
import { API_NAME } from '../install/names.ts';
import type { OnCertificate } from '../holding.ts';
import { sharedCertificate } from '../webhook/shared-certificate.ts';
import { clusterApi, type ClusterApiOptions } from './cluster-api.ts';
import { clusterDocument } from './cluster-document.ts';

/** Where the API of an operator is served. */
export interface ApiServing extends ClusterApiOptions {
  /** Absent: nowhere. */
  readonly api?: ApiAddress | undefined;
  readonly onCertificate?: OnCertificate;
  readonly signal: AbortSignal;
}

/** Where it listens. */
export interface ApiAddress {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** True: over TLS, with a certificate that all replicas share. Only what no other machine can reach goes without. */
  readonly isSecure: boolean;
}

/** How often it is looked whether the certificate has been renewed, as it is long before it runs out. */
const LOOK_EVERY_MS = 3_600_000;

/** What is served to everybody beside the API. */
const PAGES: Pick<ClusterApiOptions, 'dashboard' | 'openApi'> = {
  dashboard: { directory: built('web'), servedBy: 'cluster' },
  openApi: async () => {
    const document = JSON.parse(await readFile(built('openapi.json'), 'utf8')) as JsonObject;
    return JSON.stringify(clusterDocument(document));
  },
};

/** Answers who asks while the work goes on, whether this operator leads or stands by. */
export async function servingDuring<T>(serving: ApiServing, work: () => Promise<T>): Promise<T> {
  const { api: address, log, signal } = serving;
  if (address === undefined) return work();
  const end = new AbortController();
  const callOff = onAbort(signal, () => {
    end.abort();
  });
  const certificate = address.isSecure
    ? await firstCertificate(certificateOf(serving, end.signal))
    : undefined;
  const { server, close } = clusterApi({ ...PAGES, ...serving }, certificate?.value);
  const use = { what: 'the API', option: '--api-port' };
  const port = await listenAt(server, { address: address.host, port: address.port }, use);
  log.info('the API is served', { host: address.host, port, tls: address.isSecure });
  const tell = (problem: string): void => {
    if (!end.signal.aborted) log.warn(`the certificate of the API cannot be had: ${problem}`);
  };
  const onChange = ({ cert }: PemPair): void => serving.onCertificate?.('api', cert);
  if (certificate !== undefined) onChange(certificate.value);
  const keeping = { signal: end.signal, tell, onChange, lookEveryMs: LOOK_EVERY_MS };
  const kept =
    certificate !== undefined && 'setSecureContext' in server
      ? keepCertificate(server, certificate, keeping)
      : undefined;
  try {
    return await work();
  } finally {
    callOff();
    end.abort();
    await Promise.all([kept, close()]);
  }
}

/** The certificate in the Secret that all replicas share. */
function certificateOf(
  { client, namespace, hosts: named = [] }: ApiServing,
  signal: AbortSignal,
): CertificateSource {
  const inCluster = `${API_NAME}.${namespace}.svc`;
  const names = named.map((host) => host.replace(/:\d+$/, ''));
  const hosts = [...new Set([inCluster, `${inCluster}.cluster.local`, 'localhost', ...names])];
  const read = () =>
    sharedCertificate({ client, namespace, name: API_NAME, hosts, nowMs: Date.now() }, signal);
  return { read, version: async () => (await read()).cert };
}
