import type { Share } from '../base/share.ts';
import type { ClusterTraffic } from './cluster-traffic.ts';

/** How users reach the workload. One member per data plane. */
export type Traffic = GatewayTraffic | ClusterTraffic;

/** True where users are kept on one track. */
export function isSticky(traffic: Traffic): boolean {
  return 'sticky' in traffic;
}

/** How coalmine's own gateway serves it; undefined where that does not. */
export function gatewayOf(traffic: Traffic | undefined): GatewayTraffic | undefined {
  return traffic?.kind === 'gateway' ? traffic : undefined;
}

/** Through coalmine's own gateway. */
export interface GatewayTraffic {
  readonly kind: 'gateway';
  /** Lower case, without a port; absent: any host. */
  readonly host?: string;
  /** A path prefix of whole segments: `/` or `/shop`. */
  readonly path: string;
  /** The PEM files of the certificate for its host. */
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** Or who makes it. */
  readonly acme?: AcmeAuthority;
  /** Set where requests without TLS are sent to the same place with TLS. */
  readonly withoutTls?: 'redirect';
  /** `cookie` is the name of the id cookie that keeps a user on one track. */
  readonly sticky?: { readonly cookie: string };
  /** How long the workload may take to answer. */
  readonly timeoutMs: number;
  /** Requests that are safe to repeat are sent again, so often at most, after these failures. */
  readonly retries?: { readonly attempts: number; readonly on: readonly RetryReason[] };
  /** Begins a trace for requests without one; of these so many are marked to be recorded. */
  readonly tracing?: { readonly sample: Share };
  /** Where each request is written down: a file, rotated above `maxBytes`, or the gateway's own log. */
  readonly accessLog?:
    { readonly path: string; readonly maxBytes: number; readonly keep: number } | { readonly path?: never };
  /** How many requests a process may have at once, from each worker of the gateway; absent: any number. */
  readonly maxRequests?: number;
  /** After so many failures in a row a process gets no requests for a while. */
  readonly eject?: { readonly after: number; readonly forMs: number };
  /** Who answers which paths while an old system is taken over, the first that fits; absent: this Rollout all. */
  readonly routes?: readonly PathRoute[];
  /** Set where old systems are told the host of their URL, in place of the one that was asked for. */
  readonly legacyHost?: 'own';
}

/** Who answers the requests whose path begins so. */
export interface PathRoute {
  readonly path: string;
  readonly to: PathTarget;
}

/** This Rollout, an old system, or both. */
export type PathTarget =
  | { readonly kind: 'new' }
  | { readonly kind: 'legacy'; readonly legacy: Origin }
  /** `share` is what this Rollout gets. */
  | { readonly kind: 'split'; readonly legacy: Origin; readonly share: Share }
  /** This Rollout gets copies of so many requests, and its answers go nowhere. */
  | { readonly kind: 'shadow'; readonly legacy: Origin; readonly share: Share }
  /** The old system answers where this Rollout fails. */
  | { readonly kind: 'newWithFallback'; readonly legacy: Origin };

/** A server outside, as a URL without a path names it. */
export interface Origin {
  /** A name or an address, of IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  readonly tls?: true;
}

/** An authority that makes certificates by itself (RFC 8555). */
export interface AcmeAuthority {
  /** Whom it may write to. */
  readonly email: string;
  /** The URL of its directory. */
  readonly directory: string;
  /** The PEM file of those who vouch for the authority's own certificate, in the place of those that Node knows. */
  readonly ca?: string;
}

/** Why a request may be worth another try: no connection or a broken one, no answer in time, an answer of 5xx. */
export const RETRY_REASONS = ['connect', 'timeout', '5xx'] as const;

/** One of RETRY_REASONS. */
export type RetryReason = (typeof RETRY_REASONS)[number];
