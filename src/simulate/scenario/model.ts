import type { LogHistogram } from '../../analysis/measurement.ts';
import type { Command } from '../../engine/steer.ts';
import type { Variants } from '../../engine/wanted.ts';
import type { RevisionId, Rollout } from '../../rollout/model.ts';
import type { Load } from '../users/load.ts';
import type { Circumstances } from './circumstances.ts';

/** What is simulated. All times are milliseconds since the beginning. */
export interface Scenario {
  readonly seed: number;
  /** What clocks show at the beginning, in milliseconds since 1970. Absent: nobody knows, and nothing depends on it. */
  readonly startsAt?: number;
  /** How long it goes on. Absent: until nothing is left to happen. */
  readonly untilMs?: number;
  /** The controller looks at a release that is being judged no more often than this. */
  readonly lookEveryMs: number;
  /** The Rollouts, each in surroundings of its own. */
  readonly subjects: readonly Subject[];
  /** What a reader should know: what is left out. */
  readonly notes: readonly string[];
}

/** One Rollout, and all that happens to it. */
export interface Subject extends Circumstances {
  readonly rollout: Rollout;
  readonly load: Load;
  /** The first serves at the beginning, and is what harm is measured against. */
  readonly versions: readonly [Version, ...Version[]];
  readonly faults: readonly Fault[];
  readonly outages: readonly Outage[];
  /** In the order of their times. */
  readonly acts: readonly Act[];
}

/** A version of the program, and how it answers. */
export interface Version {
  readonly name: RevisionId;
  /** The share of its answers that fail. */
  readonly errorRatio: number;
  /** Of its answers; only the proportions count. Empty: not known. */
  readonly latency: LogHistogram;
  /** The share of its users who convert, as far as their requests do not fail. */
  readonly conversionRatio: number;
  /** Requests a second that one process can answer. Absent: any number. */
  readonly capacity?: number;
  /** From the start of a process until it can answer. */
  readonly startUpMs: number;
  /** A new process is slower at first: by `slowness` at its start, and less and less for `forMs`. */
  readonly warmUp?: { readonly forMs: number; readonly slowness: number };
  /** Every process ends by itself after so long. */
  readonly crashAfterMs?: number;
}

/** Something that makes answers worse for a while. */
export interface Fault {
  readonly atMs: number;
  /** Infinity: for good. */
  readonly forMs: number;
  /** It grows from nothing for so long. */
  readonly rampMs: number;
  /** Absent: all versions. */
  readonly version?: RevisionId;
  /** So many processes of a version, the oldest. Absent: all. */
  readonly replicas?: number;
  /** Added to the share of answers that fail. */
  readonly errorRatio: number;
  /** Multiplies latencies. */
  readonly slowness: number;
}

/** What does not answer for a while. */
export interface Outage {
  readonly of: OutageOf;
  readonly atMs: number;
  readonly forMs: number;
}

/** What can be away. */
export type OutageOf = (typeof OUTAGES)[number];

/** Everything that can be away. */
export const OUTAGES = ['metrics', 'gateway', 'workload', 'controller'] as const;

/** Something that is done at a moment. */
export type Act = { readonly atMs: number } &
  /** Where several variants are compared, the version of each, by its track; `version` is that of the first. */
  (
    | { readonly kind: 'release'; readonly version: RevisionId; readonly variants?: Variants }
    | { readonly kind: 'steer'; readonly command: Command }
    | ({ readonly kind: 'vote' } & GivenVote)
    /** Processes end at once. */
    | { readonly kind: 'crash'; readonly version?: RevisionId; readonly replicas?: number }
    /** The gateway begins to count anew; how long it is away is an outage. */
    | { readonly kind: 'restartGateway' }
  );

/** What somebody says at an approval. */
export interface GivenVote {
  readonly gate: string;
  readonly isYes: boolean;
  /** Absent: the first who may. */
  readonly by?: string;
  /** Of the one who says it, by his token. */
  readonly groups?: readonly string[];
}
