import type { AnswerDifference, Exposure, TrackCounters } from '../analysis/measurement.ts';
import type { Share } from '../base/share.ts';
import type { Conversion, Harm, Unit } from '../rollout/experiment.ts';
import type { Match } from '../rollout/match.ts';
import type { Maintenance } from '../engine/maintenance.ts';
import type { RevisionId, Track } from '../rollout/model.ts';
import type { GatewayTraffic } from '../rollout/traffic.ts';
import type { Mirror } from '../strategy/plan.ts';

export type { AnswerDifference } from '../analysis/measurement.ts';

/** Everything the gateway serves. Replaced as a whole; `version` only grows, an older one is refused. */
export interface GatewayConfig {
  readonly version: number;
  readonly listen: readonly ListenAddress[];
  readonly routes: readonly GatewayRoute[];
  /** What somebody is to find here who wants to know whether a host is ours. */
  readonly challenges?: readonly HostChallenge[];
}

/** `answer` at `/.well-known/acme-challenge/TOKEN` of the host (http-01, RFC 8555 §8.3). */
export interface HostChallenge {
  readonly host: string;
  readonly token: string;
  readonly answer: string;
}

/** Where clients connect: an IP address and a port, 0 for a free one (kept over restarts while it is free). */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
  /** Set where clients speak TLS. */
  readonly tls?: true;
}

/** The PEM files of a certificate, by their absolute paths. */
export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
}

/** What is in these files. */
export interface PemCertificate {
  readonly files: CertificateFiles;
  readonly cert: string;
  readonly key: string;
}

/** How the requests of one host and path are divided. */
export interface GatewayRoute {
  readonly rollout: string;
  /** Lower case, without a port; absent: any host. */
  readonly host?: string;
  /** A prefix of whole segments: `/` or `/shop`. */
  readonly path: string;
  /** The certificate for its host. */
  readonly tls?: CertificateFiles;
  /** Set where requests without TLS are sent to the same place with TLS. */
  readonly withoutTls?: 'redirect';
  /** The id cookie that keeps a user on one track. */
  readonly sticky?: { readonly cookie: string };
  /** The longest wait for response headers, and for each further piece of the body. */
  readonly timeoutMs: number;
  /** How often, and after which failures, a request that is safe to repeat is sent again. */
  readonly retries?: GatewayTraffic['retries'];
  /** Begins a trace for requests without one; of these so many are marked to be recorded. */
  readonly tracing?: GatewayTraffic['tracing'];
  /** Where each request is written down. */
  readonly accessLog?: AccessLogTarget;
  /** After so many failures in a row, and for how long at first, others of its part are chosen before an endpoint. */
  readonly eject?: GatewayTraffic['eject'];
  /** So many requests of one worker may be under way at an endpoint. */
  readonly maxRequests?: GatewayTraffic['maxRequests'];
  /** Who answers which of its paths, the first that fits; absent: its parts all. */
  readonly paths?: GatewayTraffic['routes'];
  /** Set where old systems are told the host of their URL. */
  readonly legacyHost?: GatewayTraffic['legacyHost'];
  /** Set while users are sent away. */
  readonly maintenance?: Maintenance;
  /** Users are told apart by it, instead of by `sticky`, and those who convert are counted. */
  readonly experiment?: GatewayExperiment;
  /** Weights add up to all of it, or there are no parts. One part per track. */
  readonly parts: readonly GatewayPart[];
  /** Who gets copies of requests, each on a track that no part has; absent: nobody. */
  readonly mirrors?: readonly GatewayMirror[];
}

/** Copies of a route's requests for one track. */
export interface GatewayMirror extends Mirror {
  readonly revision: RevisionId;
  readonly endpoints: readonly Endpoint[];
}

/** An experiment; another id is another division of the users, counted from 0. */
export interface GatewayExperiment {
  readonly id: string;
  readonly unit: Unit;
  /** What users are counted for: what they do, or what they meet with; with neither they are only counted. */
  readonly conversion?: Conversion;
  readonly harm?: Harm;
}

/** Users that a part was to serve in an experiment, and those of them who have converted, or met with harm; each once. */
export interface MetCounters {
  readonly id: string;
  readonly users: number;
  readonly converted: number;
}

/** Users that a worker has met since its last report, by the marks of `UserMarks`. */
export interface MetDelta {
  readonly id: string;
  readonly marks: readonly number[];
}

/** Without a path: the gateway's own log. */
export type AccessLogTarget = NonNullable<GatewayTraffic['accessLog']>;

/** One track's share of a route. */
export interface GatewayPart {
  readonly track: Track;
  readonly revision: RevisionId;
  readonly weight: Share;
  /** Requests it gets whatever the weights say, which divide the rest; where two parts fit, the first decides. */
  readonly match?: Match;
  readonly endpoints: readonly Endpoint[];
  /** Asks for counters of two random halves of the part; another salt is another division, counted from 0. */
  readonly halves?: { readonly salt: string };
}

/** One process that takes requests. A new process is a new id, also on an old port. */
export interface Endpoint {
  readonly id: string;
  readonly host: string;
  readonly port: number;
  /** Set where it speaks TLS, as no process of ours does. */
  readonly tls?: true;
}

/** What the gateway says about itself. */
export interface GatewayState {
  readonly pid: number;
  /** Of the program it runs, as by `buildId`; absent: of one that cannot be succeeded under traffic. */
  readonly build?: string;
  /** Changes when the counters start anew, that is with every master process that succeeds no other. */
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

/**
 * How requests ended, in the order of `ServedCounters.codes`. `499`: the client went away before the answer was
 * complete. `1xx`: a WebSocket was opened.
 */
export const CODE_CLASSES = ['2xx', '3xx', '4xx', '5xx', '499', '1xx'] as const;

/**
 * What one revision has served on one track of one Rollout since the epoch began. A gateway of an earlier version
 * leaves out what it does not count.
 */
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
  /** Failed requests that were sent again. */
  readonly retries?: number;
  /** How often an endpoint has failed so often that it was left out for a while; each worker counts for itself. */
  readonly ejections?: number;
  /** Attempts that found every endpoint with as many requests as it may have. */
  readonly tooBusy?: number;
  /** While the part asks for them. */
  readonly halves?: HalfCounters;
  /** Set on a track that gets copies of requests; nothing else is counted there. */
  readonly copies?: CopyCounters;
  /** Of all these, the requests that it got by its match; their users are counted only here. Absent before the first. */
  readonly matched?: TrackCounters;
  /** While an experiment goes on. */
  readonly met?: MetCounters;
}

/** What is counted of copies beside their own requests, errors and times. */
export interface CopyCounters {
  /** The requests whose copies have ended, as they were answered to their users. */
  readonly originals: TrackCounters;
  /** Requests that were drawn and not copied. */
  readonly dropped: DroppedCopies;
  /** Where answers are compared. */
  readonly compared?: ComparedAnswers;
}

/** How many answers were compared, and how many of them differed: to copies, and to requests that were sent twice. */
export interface ComparedAnswers {
  readonly copies: Exposure;
  readonly repeats: Exposure;
  readonly differences: readonly AnswerDifference[];
}

/**
 * Why a request that was drawn was not copied: too many others were being copied, its body was too large, it had no
 * whole answer itself, no process was there to take it.
 */
export const DROP_REASONS = ['busy', 'large', 'unanswered', 'unserved'] as const;

/** How often, for each reason. */
export type DroppedCopies = Readonly<Record<(typeof DROP_REASONS)[number], number>>;

/** Who served: a track of a Rollout, or the old system that it takes over. */
export type ServedBy = Track | 'legacy';

/** What the old systems before a Rollout have served since the epoch began. They have no track, nor a revision. */
export type LegacyCounters = Omit<ServedCounters, 'track' | 'revision' | 'current' | 'halves'>;

/** Who has answered the requests of one path since the epoch began, while an old system is taken over. */
export interface PathCounters {
  readonly rollout: string;
  readonly path: string;
  readonly new: SideCounters;
  readonly legacy: SideCounters;
  /** How often the old system was asked because the new one failed. */
  readonly fallbacks: number;
}

/** What one side has answered. */
export interface SideCounters {
  readonly requests: number;
  readonly errors: number;
}

/** What the two halves of a part have served since it was divided with this salt. */
export interface HalfCounters {
  readonly salt: string;
  readonly a: TrackCounters;
  readonly b: TrackCounters;
}

/** All counters at one moment. */
export interface GatewayCounters {
  readonly epoch: string;
  /** Wall clock, milliseconds since 1970. */
  readonly at: number;
  readonly tracks: readonly ServedCounters[];
  /** Of Rollouts that take an old system over. */
  readonly legacy?: readonly LegacyCounters[];
  readonly paths?: readonly PathCounters[];
}

/** Requests being served now, by endpoint id; endpoints without any are left out. */
export interface GatewayInflight {
  readonly endpoints: Readonly<Record<string, number>>;
}

/** What a worker has counted for one part since its last report. */
export interface CounterDelta extends TrackCounters {
  readonly rollout: string;
  readonly track: ServedBy;
  /** Empty for an old system. */
  readonly revision: RevisionId | '';
  readonly codes: readonly number[];
  readonly latencySumMs: number;
  readonly connectFailures: number;
  /** Absolute, not a difference. */
  readonly active: number;
  readonly retries?: number;
  readonly ejections?: number;
  readonly tooBusy?: number;
  readonly halves?: HalfCounters;
  readonly copies?: CopyCounters;
  readonly matched?: TrackCounters;
  readonly met?: MetDelta;
}

/** From the master to a worker. A `listen` message carries the socket; certificates come before the config that names them. */
export type ToWorker =
  | { readonly kind: 'config'; readonly config: GatewayConfig }
  | { readonly kind: 'certificates'; readonly certificates: readonly PemCertificate[] }
  | { readonly kind: 'listen'; readonly key: string; readonly tls?: boolean }
  | { readonly kind: 'unlisten'; readonly key: string }
  | { readonly kind: 'report' }
  | {
      readonly kind: 'drain';
      readonly drainMs: number;
      /** Connections that are idle stay for one more answer, so that no request meets one that is being closed. */
      readonly gently?: boolean;
    };

/** What has been counted since the last report. */
export interface CounterNews {
  readonly counters: readonly CounterDelta[];
  readonly paths?: readonly PathCounters[];
}

/** From a worker to the master. */
export type FromWorker =
  | { readonly kind: 'configured'; readonly version: number }
  | { readonly kind: 'listening'; readonly key: string; readonly error?: string }
  | { readonly kind: 'unlistened'; readonly key: string }
  | ({
      readonly kind: 'report';
      /** True when the master asked for it. */
      readonly asked: boolean;
      readonly inflight: Readonly<Record<string, number>>;
    } & CounterNews);

/** The name of a listening address, unique within a config. */
export function addressKey({ host, port, tls }: ListenAddress): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}${tls === true ? ' (TLS)' : ''}`;
}

/** The name of a certificate, unique within a config. */
export function certificateKey({ certificate, key }: CertificateFiles): string {
  return `${certificate}\0${key}`;
}

/** What makes two routes collide: the same host and path. */
export function routeKey(route: { readonly host?: string; readonly path: string }): string {
  return `${route.host ?? '*'}${route.path}`;
}
