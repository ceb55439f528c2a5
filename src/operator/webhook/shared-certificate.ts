import { createPrivateKey, X509Certificate } from 'node:crypto';
import { renewAtMs } from '../../acme/renewal.ts';
import { isApiError } from '../../kube/api-error.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { KubeObject } from '../../kube/object.ts';
import { resource } from '../../kube/resource.ts';
import { INSTALL_LABELS } from '../manifest.ts';
import { lifetimeOf } from '../../system/certificate-lifetime.ts';
import { isFor, makeCertificate, type ServingCertificate } from './certificate.ts';

interface Secret extends KubeObject {
  readonly type?: string;
  /** Base64. */
  readonly data?: Readonly<Record<string, string>>;
}

const SECRETS = resource<Secret>('v1', 'Secret', { plural: 'secrets' });

/** Its parts in the Secret, by the names that Kubernetes gives them. */
const PARTS = { cert: 'tls.crt', key: 'tls.key', authorities: 'ca.crt' } as const;

const DAY_MS = 86_400_000;
const LIFETIME_MS = 90 * DAY_MS;
/** Clocks differ a little. */
const EARLIER_MS = 3_600_000;
/** Replicas that start together meet once or twice. */
const TRIES = 5;

/** Where the certificate is kept, and for which hosts it is to be. */
export interface CertificatePlace {
  readonly client: KubeClient;
  readonly namespace: string;
  /** Of the Secret. */
  readonly name: string;
  readonly hosts: readonly string[];
  readonly nowMs: number;
}

/**
 * The certificate that all replicas serve with. It is made when there is none that will do, long before it runs out:
 * then the authority before it is vouched for too, until no replica serves with the old one any more.
 */
export async function sharedCertificate(
  place: CertificatePlace,
  signal: AbortSignal,
): Promise<ServingCertificate> {
  const { client, namespace, name, hosts, nowMs } = place;
  for (let tries = 1; ; tries += 1) {
    const secret = await client.get(SECRETS, { namespace, name }, signal);
    const kept = secret === undefined ? undefined : certificateIn(secret);
    if (kept !== undefined && willDo(kept, hosts, nowMs)) return kept;
    const made = makeCertificate(hosts, { fromMs: nowMs - EARLIER_MS, untilMs: nowMs + LIFETIME_MS });
    const renewed = kept === undefined ? made : { ...made, authorities: both(made, kept) };
    try {
      await keep(dataOf(renewed), { secret, place }, signal);
      return renewed;
    } catch (error) {
      // Another replica was faster: what it has made is as good.
      if (tries === TRIES || !isApiError(error, 'conflict', 'alreadyExists')) throw error;
    }
  }
}

function willDo({ cert }: ServingCertificate, hosts: readonly string[], nowMs: number): boolean {
  return isFor(cert, hosts) && nowMs < renewAtMs(lifetimeOf(cert), 0);
}

/** The new authority, and the newest of those before. */
function both(made: ServingCertificate, { authorities }: ServingCertificate): string {
  const end = '-----END CERTIFICATE-----\n';
  return `${made.authorities}${authorities.split(end)[0] ?? ''}${end}`;
}

function certificateIn({ data = {} }: Secret): ServingCertificate | undefined {
  const part = (name: string): string => Buffer.from(data[name] ?? '', 'base64').toString('utf8');
  const found = { cert: part(PARTS.cert), key: part(PARTS.key), authorities: part(PARTS.authorities) };
  return isUsable(found) ? found : undefined;
}

/** Somebody may have put anything into the Secret. */
function isUsable({ cert, key, authorities }: ServingCertificate): boolean {
  try {
    lifetimeOf(authorities);
    return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}

async function keep(
  data: Readonly<Record<string, string>>,
  { secret, place }: { readonly secret: Secret | undefined; readonly place: CertificatePlace },
  signal: AbortSignal,
): Promise<void> {
  const { client, namespace, name } = place;
  if (secret !== undefined) {
    await client.replace(SECRETS, { ...secret, data }, signal);
    return;
  }
  const metadata = { namespace, name, labels: { ...INSTALL_LABELS } };
  await client.create(SECRETS, { metadata, type: 'kubernetes.io/tls', data }, signal);
}

function dataOf({ cert, key, authorities }: ServingCertificate): Readonly<Record<string, string>> {
  const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');
  return {
    [PARTS.cert]: base64(cert),
    [PARTS.key]: base64(key),
    [PARTS.authorities]: base64(authorities),
  };
}
