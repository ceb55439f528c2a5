import type { CreatedToken, LinkView, OpenSession, SessionView, TokenView } from './access/views.ts';
import type { FailureCode, Problem } from '../base/failure.ts';
import type { JsonObject } from '../base/json.ts';
import type { AnswerDifference } from '../analysis/measurement.ts';
import type { VariantJudgement } from '../analysis/experiment/variants.ts';
import type { Judgement } from '../analysis/judgement.ts';
import type { CountedTick, EndedRelease, EventType } from '../engine/decision.ts';
import type { Author } from '../engine/author.ts';
import type { Role, RouteMirror, RoutePart } from '../engine/observation.ts';
import type { MemberState } from '../engine/group.ts';
import type { Stage } from '../engine/status.ts';
import type { Variants } from '../engine/wanted.ts';
import type { Outcome, Phase, RevisionId, Strategy, Track } from '../rollout/model.ts';
import type { NoticeMoment } from '../rollout/model-notify.ts';
import type { ReportView } from '../report/report.ts';
import type { StandingReport } from '../analysis/standing-report.ts';
import type { Traffic } from '../analysis/power/traffic.ts';
import type { Plan } from '../strategy/plan.ts';
import type { StoredAudit } from '../store/rows/audit.ts';
import type { RevisionDetail, RevisionView } from './revision-views.ts';

export type * from './access/views.ts';
import type { TakeoverView } from './takeover-views.ts';

export type { PathView, SideView, TakeoverView } from './takeover-views.ts';

/**
 * What `/api/v1` answers with, each type by the name it has in the OpenAPI document, which is made from these very
 * declarations.
 */
export interface Views {
  readonly RolloutView: RolloutView;
  readonly PlanView: PlanView;
  readonly ApplyView: ApplyView;
  readonly HistoryView: HistoryView;
  readonly TickView: TickView;
  readonly ReportView: ReportView;
  readonly RevisionView: RevisionView;
  readonly RevisionDetail: RevisionDetail;
  readonly EventView: EventView;
  readonly LogLine: LogLine;
  readonly StreamMessage: StreamMessage;
  readonly SystemView: SystemView;
  readonly UploadView: UploadView;
  readonly TokenView: TokenView;
  readonly CreatedToken: CreatedToken;
  readonly AuditView: AuditView;
  readonly LinkView: LinkView;
  readonly SessionView: SessionView;
  readonly OpenSession: OpenSession;
  readonly ProblemView: ProblemView;
  readonly TriedListener: TriedListener;
}

/** A Rollout, as it is now. Times are milliseconds since 1970, durations milliseconds. */
export interface RolloutView {
  readonly name: string;
  /** In a cluster: the namespace it is in, where its name is its own. */
  readonly namespace?: string;
  /** What that cluster is called; absent: it has no name, or there is none. */
  readonly cluster?: string;
  readonly generation: number;
  readonly strategy: Strategy['kind'];
  readonly phase: Phase;
  readonly message: string;
  readonly stable?: RevisionId;
  /** The revision the user wants; differs from `stable` during a release and after a refused one. */
  readonly wanted?: RevisionId;
  /** Its place among those that are released as one; absent: it is released by itself. */
  readonly group?: MembershipView;
  readonly replicas: number;
  readonly groups: readonly GroupView[];
  /** As confirmed by the data plane; absent when it does not answer. */
  readonly route?: readonly RoutePart[];
  /** Who gets copies of requests; absent: nobody. */
  readonly mirrors?: readonly RouteMirror[];
  /** Where users reach it, as a URL; absent for workers. */
  readonly address?: string;
  /** Requests of the last seconds, per track. */
  readonly rates: readonly RateView[];
  /** How far an old system is taken over; absent unless `traffic.gateway.routes` says so. */
  readonly takeover?: TakeoverView;
  /** Whose stable version is released here by itself; absent: nobody's. */
  readonly following?: FollowingView;
  /** Set while it is closed to its users. */
  readonly maintenance?: MaintenanceView;
  readonly release?: ReleaseView;
  readonly lastOutcome?: OutcomeView;
  /** What listeners have not taken so far, oldest first; absent: they answer. */
  readonly untold?: readonly UntoldView[];
  /** How stable compares with itself; absent unless `analysis.standingAA` asks for it. */
  readonly standing?: StandingReport;
  /** The stored document, as the user wrote it, without the values of the environment. */
  readonly document: JsonObject;
}

/** What a listener has not taken, though it was tried again and again. */
export interface UntoldView {
  readonly listener: string;
  readonly moment: NoticeMoment;
  readonly release: number;
  /** Wall clock, milliseconds since 1970. */
  readonly at: number;
  readonly problem: string;
}

/** What a listener said to a message that tells of nothing. */
export interface TriedListener {
  readonly listener: string;
  /** The kind of its channel. */
  readonly channel: string;
  /** `delayed`: it may take it when it is tried again. */
  readonly came: 'taken' | 'delayed' | 'refused';
  readonly answer: string;
}

/** Whom to send such a message to; absent: to all listeners. */
export interface TrialRequest {
  readonly listener?: string;
}

/** A Rollout that another follows. */
export interface FollowingView {
  readonly rollout: string;
  /** Why what is stable there cannot be released here, which is tried again; absent: it can. */
  readonly problem?: {
    readonly reason: FailureCode;
    readonly message: string;
    /** Wall clock, milliseconds since 1970. */
    readonly since: number;
  };
}

/** A Rollout's place in its group. */
export interface MembershipView {
  readonly name: string;
  readonly order: number;
  /** True: it stays as it is when another member fails, since it says so or there is nothing to go back to. */
  readonly stays: boolean;
  /** The newest release of the group, and where this member stands in it; absent when it is in none. */
  readonly release?: string;
  readonly state?: MemberState;
}

/** How a release ended. */
export interface OutcomeView {
  readonly release: number;
  readonly revision: RevisionId;
  readonly variants?: Variants;
  readonly outcome: Outcome;
  readonly reason: string;
}

/** The processes of one revision. */
export interface GroupView {
  readonly track: Role;
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
  /** Cores it has used of late, one being all of one core; absent until it was measured twice. */
  readonly cores?: number;
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

/** How a Rollout is closed to its users; a page and the value that lets requests in are not shown. */
export interface MaintenanceView {
  readonly since: number;
  readonly message?: string;
  readonly hasPage: boolean;
  readonly retryAfterMs: number;
  readonly holdMs?: number;
  /** The header that lets requests in. */
  readonly allowHeader?: string;
}

/** What `maintenance` is asked for. */
export type MaintenanceRequest =
  | { readonly on: false }
  | {
      readonly on: true;
      readonly message?: string;
      /** HTML. */
      readonly page?: string;
      readonly retryAfterMs: number;
      readonly holdMs?: number;
      readonly allow?: { readonly header: string; readonly value: string };
    };

/** A running release. */
export interface ReleaseView {
  readonly number: number;
  readonly from?: RevisionId;
  readonly to: RevisionId;
  /** What each variant runs, by its track, where an experiment compares several. */
  readonly variants?: Variants;
  readonly startedAt: number;
  readonly plan: Plan;
  readonly step: number;
  readonly stage: Stage;
  readonly stageMs: number;
  readonly ageMs: number;
  readonly deadlineMs: number;
  readonly paused: boolean;
  /** Set once a user has promoted it past steps: those before this one are gone through without waiting. */
  readonly passedTo?: number;
  /** The gate or the hook it stands at. */
  readonly held?: { readonly kind: 'gate' | 'hook'; readonly name: string; readonly forMs: number };
  /** Set while it goes back. */
  readonly goingBack?: { readonly outcome: Outcome; readonly reason: string };
  readonly judgement?: Judgement;
  /** What answers to copies differ in, most often first. */
  readonly differences?: readonly AnswerDifference[];
  /** What the users of each variant have done, by now or by its end. */
  readonly experiment?: VariantJudgement;
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
  /** What was sent lately, from which can be foreseen what the analysis will see; absent: nothing was. */
  readonly traffic?: Traffic;
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
  /** Grows; the position in the stream. In a cluster each Rollout counts its own. */
  readonly id: number;
  readonly rollout: string;
  /** In a cluster: the namespace that the Rollout is in. */
  readonly namespace?: string;
  readonly at: number;
  readonly type: EventType;
  readonly message: string;
  readonly release?: number;
  readonly revision?: RevisionId;
  /** Who asked for it; absent: nobody, it came of itself. */
  readonly by?: Author;
}

/** A release in history. */
export type HistoryView = EndedRelease;

/** One counted tick of a release. */
export type TickView = CountedTick;

/** One line of log. */
export type LogLine = ProcessLine | HookLine;

/** One line that a run of a hook wrote. */
export interface HookLine {
  readonly hook: string;
  /** The release that it ran for. */
  readonly release: number;
  readonly text: string;
}

/** One line that a process wrote. */
export interface ProcessLine {
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
  /** Where the API answers over TCP, as a URL; absent: nowhere. */
  readonly api?: string;
  readonly gateway?: {
    readonly pid: number;
    readonly addresses: readonly string[];
    readonly metrics: string;
  };
  /** What is not well, in words; empty when all is. */
  readonly problems: readonly string[];
}

/** Something that was asked for, and what came of it. */
export type AuditView = StoredAudit;

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
  /** What this Rollout runs, in place of `from`. */
  readonly fromRollout?: string;
  /** A revision of that one, or the number of the release that brought it; absent: what is stable there. */
  readonly revision?: string;
  /** `path=value` settings, as of `--set`. */
  readonly set?: readonly string[];
  /** Absolute paths, in place of the declared ones. */
  readonly envFiles?: readonly string[];
  readonly insist?: boolean;
  readonly dryRun?: boolean;
}

/** The verbs that steer a release. */
export type SteerRequest =
  | { readonly verb: 'promote'; /** Skip all remaining steps, not only this one. */ readonly full?: boolean }
  | { readonly verb: 'pause' }
  | { readonly verb: 'resume' }
  | { readonly verb: 'abort'; readonly reason?: string }
  | { readonly verb: 'retry' }
  /** Without `to`, a revision or the number of a release: to what was stable before. */
  | { readonly verb: 'undo'; readonly to?: string; readonly insist?: boolean };

/** What the caller says at a gate that waits for people. */
export interface ApproveRequest {
  /** Absent: the gate the release stands at. */
  readonly gate?: string;
  /** True: no, so that the release is aborted. */
  readonly reject?: boolean;
  readonly comment?: string;
}

/** What `/api/v1/stream` sends: a snapshot of a Rollout whenever it changed, and each event once. */
export type StreamMessage =
  | { readonly kind: 'rollout'; readonly rollout: RolloutView }
  | { readonly kind: 'deleted'; readonly name: string; readonly namespace?: string }
  /** How far a request is that takes long: what is fetched for it. Nothing to come back to, so it is not kept. */
  | { readonly kind: 'progress'; readonly name: string; readonly text: string }
  | { readonly kind: 'event'; readonly event: EventView };

/** What may be sent: the tar of an artefact, or a file of variables. */
export type UploadKind = 'artefact' | 'environment';

/** Where a file that was sent is, on the machine of coalmine. */
export interface UploadView {
  readonly path: string;
}
