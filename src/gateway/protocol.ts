import type { LogHistogram, TrackCounters } from '../analysis/measurement.ts';
import type { Share } from '../base/share.ts';
import type { RevisionId, Track } from '../rollout/model.ts';

/** Everything the gateway serves. Replaced as a whole; `version` only grows, an older one is refused. */
export interface GatewayConfig {
  readonly version: number;
  readonly listen: readonly ListenAddress[];
  readonly routes: readonly GatewayRoute[];
}

/** Where clients connect: an IP address and a port, 0 for a free one (kept over restarts while it is free). */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** How the requests of one host and path are divided. */
export interface GatewayRoute {
  readonly rollout: string;
  /** Lower case, without a port; absent: any host. */
  readonly host?: string;
  /** A prefix of whole segments: `/` or `/shop`. */
  readonly path: string;
  /** The id cookie that keeps a user on one track. */
  readonly sticky?: { readonly cookie: string };
  /** The longest wait for response headers, and for each further piece of the body. */
  readonly timeoutMs: number;
  /** Weights add up to all of it, or there are no parts. One part per track. */
  readonly parts: readonly GatewayPart[];
}

/** One track's share of a route. */
export interface GatewayPart {
  readonly track: Track;
  readonly revision: RevisionId;
  readonly weight: Share;
  readonly endpoints: readonly Endpoint[];
}

/** One process that takes requests. A new process is a new id, also on an old port. */
export interface Endpoint {
  readonly id: string;
  readonly host: string;
  readonly port: number;
}

/** What the gateway says about itself. */
export interface GatewayState {
  readonly pid: number;
  /** Changes when the counters start anew, that is with every new master process. */
  readonly epoch: string;
  /** The served config's version; 0 before the first. */
  readonly version: number;
  readonly config: GatewayConfig;
  readonly workers: readonly WorkerState[];
  readonly listening: readonly BoundAddress[];
  /** What is wrong and wants a person: a state file that was moved aside, a port that could not be bound. */
  readonly problems: readonly string[];
  /** How often a worker had to be started again. */
  readonly restarts: number;
}

/** One serving process. */
export interface WorkerState {
  readonly pid: number;
  /** True when it has its config and accepts connections. */
  readonly ready: boolean;
}

/** An address in use. */
export interface BoundAddress extends ListenAddress {
  /** The port in use, where `port` is 0. */
  readonly boundPort: number;
}

/** How requests ended, in the order of `ServedCounters.codes`. `499`: the client went away before the answer was complete. */
export const CODE_CLASSES = ['2xx', '3xx', '4xx', '5xx', '499'] as const;

/** What one revision has served on one track of one Rollout since the epoch began. */
export interface ServedCounters extends TrackCounters {
  readonly rollout: string;
  readonly track: Track;
  readonly revision: RevisionId;
  /** True when the served config has this revision on this track. */
  readonly current: boolean;
  /** Indexed like CODE_CLASSES. Requests without any answer count as 5xx. */
  readonly codes: readonly number[];
  /** Sum of all latencies in milliseconds. */
  readonly latencySumMs: number;
  /** Attempts that found nobody listening and went to another endpoint, or failed when there was none. */
  readonly connectFailures: number;
  /** Requests being served now. */
  readonly active: number;
}

/** All counters at one moment. */
export interface GatewayCounters {
  readonly epoch: string;
  /** Wall clock, milliseconds since 1970. */
  readonly at: number;
  readonly tracks: readonly ServedCounters[];
}

/** Requests being served now, by endpoint id; endpoints without any are left out. */
export interface GatewayInflight {
  readonly endpoints: Readonly<Record<string, number>>;
}

/** What a worker has counted for one part since its last report. */
export interface CounterDelta {
  readonly rollout: string;
  readonly track: Track;
  readonly revision: RevisionId;
  readonly requests: number;
  readonly errors: number;
  readonly codes: readonly number[];
  readonly latency: LogHistogram;
  readonly latencySumMs: number;
  readonly connectFailures: number;
  /** Absolute, not a difference. */
  readonly active: number;
}

/** From the master to a worker. A `listen` message carries the socket. */
export type ToWorker =
  | { readonly kind: 'config'; readonly config: GatewayConfig }
  | { readonly kind: 'listen'; readonly key: string }
  | { readonly kind: 'unlisten'; readonly key: string }
  | { readonly kind: 'report' }
  | { readonly kind: 'drain'; readonly drainMs: number };

/** From a worker to the master. */
export type FromWorker =
  | { readonly kind: 'configured'; readonly version: number }
  | { readonly kind: 'listening'; readonly key: string; readonly error?: string }
  | { readonly kind: 'unlistened'; readonly key: string }
  | {
      readonly kind: 'report';
      /** True when the master asked for it. */
      readonly asked: boolean;
      readonly counters: readonly CounterDelta[];
      readonly inflight: Readonly<Record<string, number>>;
    };

/** The name of a listening address, unique within a config. */
export function addressKey(address: ListenAddress): string {
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}

/** What makes two routes collide: the same host and path. */
export function routeKey(route: { readonly host?: string; readonly path: string }): string {
  return `${route.host ?? '*'}${route.path}`;
}
