import type { Share } from '../../base/share.ts';
import type { Challenges } from '../tls/challenges.ts';
import type { ExchangeLimits } from './job.ts';
import type { RouteTable } from '../routing/route-table.ts';

/** What a worker serves with. */
export interface ProxyContext {
  readonly table: RouteTable;
  /** Comes before the routes. */
  readonly challenges: Challenges;
  /** Uniform fractions in [0, 1). */
  readonly random: () => number;
  /** Fresh ids for clients that have none. */
  readonly newId: () => string;
  /** Fresh `traceparent` fields, marked to be recorded in so many of all cases, by the fraction. */
  readonly newTrace: (sample: Share, fraction: number) => string;
  readonly limits: ProxyLimits;
  /** What clients speak here. */
  readonly scheme: 'http' | 'https';
  /** Where they could speak TLS; undefined: nowhere. */
  readonly securePort: () => number | undefined;
  /** True for the addresses of proxies whose word about their clients is passed on. */
  readonly believes: (address: string) => boolean;
  /** True while the process is on its way out: clients are told to connect anew. */
  readonly isDraining: () => boolean;
}

/** How patient the gateway is with clients. */
export interface ProxyLimits extends ExchangeLimits {
  /** For a complete request head, from its first byte or the connection's start. */
  readonly headersMs: number;
  /** For the next request on a kept-alive connection. */
  readonly keepAliveMs: number;
  /** How many WebSockets may be open at once. */
  readonly webSockets: number;
}

/** Patience for clients on the open internet. */
export const DEFAULT_LIMITS: ProxyLimits = {
  headersMs: 10_000,
  bodyIdleMs: 60_000,
  keepAliveMs: 65_000,
  webSocketIdleMs: 3_600_000,
  webSockets: 10_000,
};
