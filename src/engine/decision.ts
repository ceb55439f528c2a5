import type { Evidence } from '../analysis/evidence.ts';
import type { Judgement } from '../analysis/judgement.ts';
import type { Tick } from '../analysis/measurement.ts';
import type { Outcome, RevisionId, Track } from '../rollout/model.ts';
import type { Plan } from '../strategy/plan.ts';
import type { Route } from './observation.ts';
import type { Status } from './status.ts';

/** What `advance` answers. `status` is saved first; then `desired` is made so. */
export interface Decision {
  readonly status: Status;
  readonly desired: Desired;
  readonly events: readonly EngineEvent[];
  /** The tick that was counted as evidence, kept so that a release can be judged again later. */
  readonly counted?: CountedTick;
  /** The release that this decision ended. */
  readonly ended?: EndedRelease;
  /** Look again after this time, at the latest. */
  readonly wakeInMs: number;
}

/** What is to be true out there: capacity and route. */
export interface Desired {
  /** Revisions not named here are to have no processes. */
  readonly groups: readonly DesiredGroup[];
  /** Absent for workers, which nobody sends requests to. */
  readonly route?: Route;
}

/** How many processes of a revision there should be, and in which role. */
export interface DesiredGroup {
  readonly track: Track;
  readonly revision: RevisionId;
  readonly replicas: number;
}

/** What an event tells; one word per thing that can happen. */
export type EventType =
  | 'ReleaseStarted'
  | 'StepStarted'
  | 'RouteConfirmed'
  | 'Paused'
  | 'Resumed'
  | 'Waiting'
  | 'RollingBack'
  | 'Promoting'
  | 'Promoted'
  | 'RolledBack'
  | 'Aborted'
  | 'Failed'
  | 'Completed'
  | 'Skipped';

/** Something people or tools may want to know. */
export interface EngineEvent {
  readonly type: EventType;
  readonly message: string;
  readonly release?: number;
  readonly revision?: RevisionId;
}

/** A tick that was counted as evidence, with what the analysis said after it. */
export interface CountedTick {
  readonly release: number;
  readonly step: number;
  readonly at: number;
  readonly tick: Tick;
  readonly judgement: Judgement;
}

/** A release as history keeps it. */
export interface EndedRelease {
  readonly number: number;
  readonly from?: RevisionId;
  readonly to: RevisionId;
  readonly plan: Plan;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly outcome: Outcome;
  readonly reason: string;
  readonly evidence?: Evidence;
  readonly judgement?: Judgement;
  readonly served: { readonly requests: number; readonly errors: number };
}
