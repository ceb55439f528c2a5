import type { Problem } from '../base/failure.ts';
import type { JsonObject } from '../base/json.ts';
import type { Judgement } from '../analysis/judgement.ts';
import type { CountedTick, EndedRelease, EventType } from '../engine/decision.ts';
import type { RoutePart } from '../engine/observation.ts';
import type { Stage } from '../engine/status.ts';
import type { Outcome, Phase, RevisionId, Strategy, Track } from '../rollout/model.ts';
import type { Plan } from '../strategy/plan.ts';

/** What `/api/v1` answers with. Times are milliseconds since 1970, durations milliseconds. */
export interface RolloutView {
  readonly name: string;
  readonly generation: number;
  readonly strategy: Strategy['kind'];
  readonly phase: Phase;
  readonly message: string;
  readonly stable?: RevisionId;
  /** The revision the user wants; differs from `stable` during a release and after a refused one. */
  readonly wanted?: RevisionId;
  readonly replicas: number;
  readonly groups: readonly GroupView[];
  /** As confirmed by the data plane; absent when it does not answer. */
  readonly route?: readonly RoutePart[];
  /** Where users reach it, as a URL; absent for workers. */
  readonly address?: string;
  /** Requests of the last seconds, per track. */
  readonly rates: readonly RateView[];
  readonly release?: ReleaseView;
  readonly lastOutcome?: OutcomeView;
  /** The stored document, as the user wrote it, without the values of the environment. */
  readonly document: JsonObject;
}

/** How a release ended. */
export interface OutcomeView {
  readonly release: number;
  readonly revision: RevisionId;
  readonly outcome: Outcome;
  readonly reason: string;
}

/** The processes of one revision. */
export interface GroupView {
  readonly track: Track;
  readonly revision: RevisionId;
  readonly running: number;
  readonly ready: number;
  readonly failing?: string;
  readonly instances: readonly InstanceView[];
}

/** One process. */
export interface InstanceView {
  readonly id: string;
  readonly pid?: number;
  readonly port?: number;
  readonly state: string;
  readonly restarts: number;
  readonly since: number;
  readonly rssBytes?: number;
}

/** What one track served over the last `overMs`. */
export interface RateView {
  readonly track: Track;
  readonly overMs: number;
  readonly requestsPerSecond: number;
  /** 0 to 1. */
  readonly errorRatio: number;
  readonly p50Ms?: number;
  readonly p99Ms?: number;
}

/** A running release. */
export interface ReleaseView {
  readonly number: number;
  readonly from?: RevisionId;
  readonly to: RevisionId;
  readonly startedAt: number;
  readonly plan: Plan;
  readonly step: number;
  readonly stage: Stage;
  readonly stageMs: number;
  readonly ageMs: number;
  readonly deadlineMs: number;
  readonly paused: boolean;
  /** Set while it goes back. */
  readonly goingBack?: { readonly outcome: Outcome; readonly reason: string };
  readonly judgement?: Judgement;
  readonly served: { readonly requests: number; readonly errors: number };
}

/** What `plan` and a dry run answer. */
export interface PlanView {
  readonly name: string;
  readonly from?: RevisionId;
  readonly to: RevisionId;
  readonly plan: Plan;
  /** True: nothing would be released, the revision is already stable. */
  readonly unchanged: boolean;
  readonly replicas: number;
}

/** What `apply` and `release` answer. */
export interface ApplyView {
  readonly name: string;
  readonly revision: RevisionId;
  readonly created: boolean;
  /** False: this revision already is what runs or is being released. */
  readonly released: boolean;
}

/** Something that happened. */
export interface EventView {
  /** Grows; the position in the stream. */
  readonly id: number;
  readonly rollout: string;
  readonly at: number;
  readonly type: EventType;
  readonly message: string;
  readonly release?: number;
  readonly revision?: RevisionId;
}

/** A release in history. */
export type HistoryView = EndedRelease;

/** One counted tick of a release. */
export type TickView = CountedTick;

/** One line that a process wrote. */
export interface LogLine {
  readonly revision: RevisionId;
  readonly instance: string;
  readonly text: string;
}

/** The control process and the gateway. */
export interface SystemView {
  readonly version: string;
  readonly pid: number;
  readonly dataDir: string;
  readonly startedAt: number;
  readonly gateway?: {
    readonly pid: number;
    readonly addresses: readonly string[];
    readonly metrics: string;
  };
  /** What is not well, in words; empty when all is. */
  readonly problems: readonly string[];
}

/** The body of every error answer, `application/problem+json` (RFC 9457). */
export interface ProblemView {
  /** A code of the failure catalogue. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly hint?: string;
  readonly problems?: readonly Problem[];
}

/** Requests a user sends. Paths inside documents are absolute: the server has another working directory. */
export interface ApplyRequest {
  readonly document: JsonObject;
  readonly dryRun?: boolean;
  /** Release it although it was rejected before. */
  readonly insist?: boolean;
}

/** A release of the stored document with these differences. */
export interface ReleaseRequest {
  /** Absolute path of a directory or tar. */
  readonly from?: string;
  /** `path=value` settings, as of `--set`. */
  readonly set?: readonly string[];
  /** Absolute paths, in place of the declared ones. */
  readonly envFiles?: readonly string[];
  readonly insist?: boolean;
}

/** The verbs that steer a release. */
export type SteerRequest =
  | { readonly verb: 'promote'; /** Skip all remaining steps, not only this one. */ readonly full?: boolean }
  | { readonly verb: 'pause' }
  | { readonly verb: 'resume' }
  | { readonly verb: 'abort'; readonly reason?: string }
  | { readonly verb: 'retry' }
  | { readonly verb: 'undo' };

/** What `/api/v1/stream` sends: a snapshot of a Rollout whenever it changed, and each event once. */
export type StreamMessage =
  | { readonly kind: 'rollout'; readonly rollout: RolloutView }
  | { readonly kind: 'deleted'; readonly name: string }
  | { readonly kind: 'event'; readonly event: EventView };
