import type { Evidence } from '../analysis/evidence.ts';
import type { VariantJudgement } from '../analysis/experiment/variants.ts';
import type { Judgement } from '../analysis/judgement.ts';
import type { AnswerDifference, Tick } from '../analysis/measurement.ts';
import type { Outcome, RevisionId } from '../rollout/model.ts';
import type { Plan } from '../strategy/plan.ts';
import type { Author } from './author.ts';
import type { Errand } from './errand.ts';
import type { Notice } from './notices.ts';
import type { Role, Route } from './observation.ts';
import type { Status } from './status.ts';
import type { Variants } from './wanted.ts';

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
  /** What is to be asked or run outside; what is not named here any more is given up. Absent: nothing. */
  readonly errands?: readonly Errand[];
  /** What listeners are to be told, in this order; what is not named here any more is over. Absent: nothing. */
  readonly notices?: readonly Notice[];
}

/** How many processes of a revision there should be, and in which role. */
export interface DesiredGroup {
  readonly track: Role;
  readonly revision: RevisionId;
  readonly replicas: number;
  /** How many it has once the others of its step have theirs, for who cannot have all of both; absent: as many. */
  readonly then?: number;
}

/** What an event tells; one word per thing that can happen. */
export type EventType =
  | 'Declared'
  | 'Wanted'
  | 'Restarted'
  | 'Deleting'
  | 'ReleaseStarted'
  | 'StepStarted'
  | 'RouteConfirmed'
  | 'Paused'
  | 'Resumed'
  | 'Waiting'
  | 'Approved'
  | 'GatePassed'
  | 'HookStarted'
  | 'HookDone'
  | 'HookFailed'
  | 'RollingBack'
  | 'Concluding'
  | 'Promoting'
  | 'Promoted'
  | 'RolledBack'
  | 'Aborted'
  | 'Failed'
  | 'Completed'
  | 'Skipped'
  | 'FollowFailed'
  | 'MaintenanceOn'
  | 'MaintenanceOff'
  | 'Dropped'
  | 'NotifyFailed';

/** Something people or tools may want to know. */
export interface EngineEvent {
  readonly type: EventType;
  readonly message: string;
  readonly release?: number;
  readonly revision?: RevisionId;
  /** Who asked for it; absent: nobody, it came of itself. */
  readonly by?: Author;
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
  /** Who asked for it. */
  readonly by?: Author;
  readonly variants?: Variants;
  readonly plan: Plan;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly outcome: Outcome;
  readonly reason: string;
  readonly evidence?: Evidence;
  readonly judgement?: Judgement;
  readonly differences?: readonly AnswerDifference[];
  /** What an experiment has found. */
  readonly experiment?: VariantJudgement;
  readonly served: { readonly requests: number; readonly errors: number };
}
