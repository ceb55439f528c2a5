import type { CountedTick, DesiredGroup, EndedRelease, EngineEvent } from '../engine/decision.ts';
import type { Group, Route } from '../engine/observation.ts';
import type { Reading, Status } from '../engine/status.ts';
import type { Wanted } from '../engine/wanted.ts';
import type { Rollout } from '../rollout/model.ts';

/** Makes processes (pods, …) exist. One implementation per kind of workload. Every call is safe to repeat. */
export interface WorkloadPort {
  /** Makes the revisions have these sizes; revisions not named get none, after draining. Returns without waiting for readiness. */
  apply(groups: readonly DesiredGroup[], signal: AbortSignal): Promise<void>;
  /** What runs now. */
  observe(signal: AbortSignal): Promise<readonly Group[]>;
}

/** Divides live traffic. One implementation per data plane. Every call is safe to repeat. */
export interface Router {
  readonly can: RouterCapabilities;
  /** Makes the data plane serve `route`. Called again after restarts and on drift. */
  write(route: Route, signal: AbortSignal): Promise<void>;
  /** What the data plane serves now, asked of itself; undefined until it confirms the last write. */
  read(signal: AbortSignal): Promise<Route | undefined>;
}

/** What a data plane can do; a plan that needs more is refused before anything moves. */
export interface RouterCapabilities {
  readonly name: string;
  /** The smallest weight step, in thousandths of a percent. */
  readonly granularity: number;
  readonly sticky: boolean;
}

/** Reads request counters per track. */
export interface MetricsPort {
  read(signal: AbortSignal): Promise<Reading | undefined>;
}

/** The data planes of one Rollout. */
export interface Ports {
  readonly workload: WorkloadPort;
  /** Absent for workers. */
  readonly router?: Router;
  readonly metrics?: MetricsPort;
  /** Makes the data plane forget the Rollout, which is gone or is not to get traffic any more. Safe to repeat. */
  forgetRoute(signal: AbortSignal): Promise<void>;
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
