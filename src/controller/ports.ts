import type { CountedTick, DesiredGroup, EndedRelease, EngineEvent } from '../engine/decision.ts';
import type { Errand } from '../engine/errand.ts';
import type { GateAnswer } from '../engine/gates/answer.ts';
import type { Neighbour } from '../engine/gates/neighbour.ts';
import type { Peer } from '../engine/group.ts';
import type { Delivery, Notice } from '../engine/notices.ts';
import type { Group, Observation, Route } from '../engine/observation.ts';
import type { Reading, Status } from '../engine/status.ts';
import type { Wanted } from '../engine/wanted.ts';
import type { MatchKind } from '../rollout/match.ts';
import type { Check, RevisionId, Rollout, Track } from '../rollout/model.ts';

/** Makes processes (pods, …) exist. One implementation per kind of workload. Every call is safe to repeat. */
export interface WorkloadPort {
  /** Makes the revisions have these sizes; revisions not named get none, after draining. Returns without waiting for readiness. */
  apply(groups: readonly DesiredGroup[], signal: AbortSignal): Promise<void>;
  /** What runs now. */
  observe(signal: AbortSignal): Promise<readonly Group[]>;
  /**
   * Takes away what is only there for the Rollout, which is being deleted, and leaves running what was there before it;
   * true once that is done. Absent: nothing was there before, and nothing may run any more.
   */
  leave?(stable: RevisionId | undefined, signal: AbortSignal): Promise<boolean>;
}

/** Divides live traffic. One implementation per data plane. Every call is safe to repeat. */
export interface Router {
  readonly can: RouterCapabilities;
  /** Makes the data plane serve `route`. Called again after restarts and on drift. */
  write(route: Route, signal: AbortSignal): Promise<void>;
  /** What the data plane serves now, asked of itself. */
  read(signal: AbortSignal): Promise<Confirmation>;
  /** Called in place of `write` while `route` is confirmed: what makes it so may become plainer. Absent: it never does. */
  tidy?(route: Route, signal: AbortSignal): Promise<void>;
}

/** The route that a data plane confirms to serve, or else, until it confirms the last write, why not, as far as it tells. */
export type Confirmation = Pick<Observation, 'route' | 'unconfirmed'>;

/** What a data plane can do; a plan that needs more is refused before anything moves. */
export interface RouterCapabilities {
  readonly name: string;
  /** The smallest weight step, in thousandths of a percent. */
  readonly granularity: number;
  readonly sticky: boolean;
  /** Sends copies of requests to a track, beside what answers users; or only so far. */
  readonly mirror: boolean | MirrorLimits;
  /** True: requests of its choice can go to a track, whatever the weights; or only so far. */
  readonly matches: boolean | MatchLimits;
  /** True: it tells users apart, keeps each on a track, and counts those who convert. */
  readonly experiments: boolean;
  /** How many tracks besides the stable one may get requests or copies at once; absent: any number. */
  readonly besides?: number;
  /** True: it divides requests evenly among replicas, so that a weight is what the sizes come to. */
  readonly byReplicas?: true;
  /**
   * What a route that was read is known to be: served, accepted by what configures the data plane, or written where that
   * looks. Absent: served.
   */
  readonly confirms?: 'serving' | 'accepted' | 'written';
}

/** Copies that a data plane can send. */
export interface MirrorLimits {
  /** Compares the answers to copies with those that users got. */
  readonly compares: boolean;
  /** Only requests of these methods can be copied; absent: of any. */
  readonly methods?: readonly string[];
}

/** Requests that a data plane can choose. */
export interface MatchLimits {
  readonly kinds: readonly MatchKind[];
  /** True: an alternative can ask one thing only. */
  readonly alone?: true;
  /** In how many alternatives a kind of thing can be asked; absent: in any number. */
  readonly atMost?: Readonly<Partial<Record<MatchKind, number>>>;
  /** The only texts that a kind of test can ask for; absent: any. */
  readonly onlyTexts?: Readonly<Partial<Record<MatchKind, readonly string[]>>>;
}

/** What is to be measured. */
export interface MetricsQuestion {
  /** Wall clock, milliseconds: the moment it is measured for. */
  readonly at: number;
  /** The checks that the running release is judged by; none at rest. */
  readonly checks: readonly Check[];
  readonly candidate?: RevisionId;
  /** By track, where several variants are judged together; absent: the candidate alone is. */
  readonly variants?: Readonly<Partial<Record<Track, RevisionId>>>;
  readonly control?: RevisionId;
  /** The track that the candidate is compared with; absent: stable. */
  readonly controlTrack?: 'stable' | 'baseline';
}

/** Reads what the analysis judges by. */
export interface MetricsPort {
  read(question: MetricsQuestion, signal: AbortSignal): Promise<Reading | undefined>;
}

/** Asks and runs what is outside: gates that others open, and hooks. */
export interface OutsidePort {
  /** Makes these be under way, and no others. Returns without waiting for answers. Safe to repeat. */
  apply(errands: readonly Errand[], signal: AbortSignal): Promise<void>;
  /** The answers there are, by the key of the errand. */
  observe(signal: AbortSignal): Promise<Readonly<Record<string, GateAnswer>>>;
}

/** Tells listeners what has become of releases. */
export interface NoticePort {
  /** Makes these be on their way, to each listener in this order, and no others. Returns without waiting. Safe to repeat. */
  apply(notices: readonly Notice[], signal: AbortSignal): Promise<void>;
  /** What became of them so far, by their keys. */
  observe(signal: AbortSignal): Promise<Readonly<Record<string, Delivery>>>;
}

/** Knows the other Rollouts of a group. */
export interface GroupPort {
  /** Those in the same release of the group. */
  peers(together: string): Promise<readonly Peer[]>;
}

/** Knows the other Rollouts that gates wait for. */
export interface NeighbourPort {
  /** What these are now; `candidate` is what their artefacts are compared with. */
  see(names: readonly string[], candidate: RevisionId): Promise<Readonly<Record<string, Neighbour | 'none'>>>;
}

/** The data planes of one Rollout. */
export interface Ports {
  readonly workload: WorkloadPort;
  /** Absent for workers. */
  readonly router?: Router;
  readonly metrics?: MetricsPort;
  /** Absent: nobody is asked, and nothing is run. */
  readonly outside?: OutsidePort;
  /** Absent: nobody listens. */
  readonly notices?: NoticePort;
  /** Absent for a Rollout without a group. */
  readonly group?: GroupPort;
  /** Absent: gates hear of no other Rollout. */
  readonly neighbours?: NeighbourPort;
  /**
   * Makes the data plane forget the Rollout, which is gone or is not to get traffic any more. Safe to repeat. Answers why
   * users may still be sent to its tracks, as far as that is told; undefined once they are not.
   */
  forgetRoute(signal: AbortSignal): Promise<string | undefined>;
}

/** A Rollout as it is kept. */
export interface RolloutRecord {
  readonly rollout: Rollout;
  /** The document the user wrote, as JSON text. */
  readonly document: string;
  /** Counts changes of the document. */
  readonly generation: number;
  readonly wanted?: Wanted;
  readonly status: Status;
  /** True: being deleted; everything is wound down, then the record goes. */
  readonly deleting: boolean;
  /** Optimistic concurrency: grows with every save. */
  readonly version: number;
}

/** What is saved together with a record, or not at all. */
export interface Consequences {
  readonly events?: readonly EngineEvent[];
  readonly counted?: CountedTick;
  readonly ended?: EndedRelease;
}

/** Keeps Rollouts. A save that returns is durable. */
export interface Store {
  list(): Promise<readonly RolloutRecord[]>;
  get(name: string): Promise<RolloutRecord | undefined>;
  /** Saves when the stored version is still `record.version` (0: the name must be free); throws Failure `conflict` otherwise. Answers the saved record. */
  save(record: RolloutRecord, consequences: Consequences): Promise<RolloutRecord>;
  /** Removes a record with its events, releases and evidence. */
  remove(record: RolloutRecord): Promise<void>;
}
