import type { JsonObject } from '../base/json.ts';
import type { AuditQuery } from '../store/rows/audit.ts';
import type {
  AuditView,
  ApplyRequest,
  ApplyView,
  ApproveRequest,
  EventView,
  HistoryView,
  LinkRequest,
  LinkView,
  LogLine,
  OpenSession,
  MaintenanceRequest,
  PlanView,
  ReleaseRequest,
  RolloutView,
  SteerRequest,
  StreamMessage,
  SystemView,
  TickView,
  TrialRequest,
  TriedListener,
  TokenRequest,
  TokenView,
  CreatedToken,
  UploadKind,
  UploadView,
} from './resources.ts';
import type { RevisionDetail, RevisionView } from './revision-views.ts';
import type { ReleasePart } from '../store/rows/release.ts';
import type { TickPart } from '../store/rows/tick.ts';

/**
 * Everything the API can do, without HTTP. The embedded runtime and the operator each implement it; the
 * server only parses, calls and answers. Refusals are thrown as `Failure`.
 */
export interface Operations {
  system(): Promise<SystemView>;
  list(): Promise<readonly RolloutView[]>;
  get(name: string): Promise<RolloutView>;
  /** What a release of this document would do. */
  plan(document: JsonObject): Promise<PlanView>;
  apply(request: ApplyRequest): Promise<ApplyView>;
  release(name: string, request: ReleaseRequest): Promise<ApplyView>;
  /** Releases all Rollouts of a group as one: all of them are asked for, or none. In the order in which they begin. */
  releaseGroup(group: string, request: ReleaseRequest): Promise<readonly ApplyView[]>;
  steer(name: string, request: SteerRequest): Promise<RolloutView>;
  /** Says yes or no at a gate. Safe to repeat. */
  approve(name: string, request: ApproveRequest): Promise<RolloutView>;
  /** Replaces the stable processes one by one. */
  restart(name: string): Promise<RolloutView>;
  scale(name: string, replicas: number): Promise<RolloutView>;
  /** Closes a Rollout to its users, or opens it again. */
  maintain(name: string, request: MaintenanceRequest): Promise<RolloutView>;
  /** Sends listeners a message that tells of nothing. */
  tryListeners(name: string, request: TrialRequest): Promise<readonly TriedListener[]>;
  /** Winds a Rollout down; answers when nothing of it runs any more. */
  remove(name: string): Promise<void>;
  /** Newest first; a part of them, or all. */
  history(name: string, part?: ReleasePart): Promise<readonly HistoryView[]>;
  /** In the order in which they were counted; a part of them, or all. */
  ticks(name: string, release: number, part?: TickPart): Promise<readonly TickView[]>;
  /** Newest first. */
  revisions(name: string): Promise<readonly RevisionView[]>;
  /** One revision, and what is different from another when one is named. */
  revision(name: string, id: string, against?: string): Promise<RevisionDetail>;
  /** Oldest first, after the given id. */
  events(query: EventQuery): Promise<readonly EventView[]>;
  logs(name: string, query: LogQuery, signal: AbortSignal): AsyncIterable<LogLine>;
  stream(query: StreamQuery, signal: AbortSignal): AsyncIterable<StreamMessage>;
  /** Keeps a file of another machine, so that a document may name it. */
  upload(kind: UploadKind, bytes: AsyncIterable<Uint8Array>): Promise<UploadView>;
  /** Makes a token; its secret is in the answer, and nowhere else. */
  createToken(request: TokenRequest): Promise<CreatedToken>;
  /** Every token there ever was, oldest first. */
  listTokens(): Promise<readonly TokenView[]>;
  /** The sessions of browsers that let in now, newest first. */
  listSessions(): Promise<readonly OpenSession[]>;
  /** Ends one of them. */
  endSession(id: string): Promise<OpenSession>;
  /** Ends those whose holders have a name, or all; answers which. */
  endSessions(name?: string): Promise<readonly OpenSession[]>;
  /** Who asked for what, newest first. */
  audit(query: AuditQuery): Promise<readonly AuditView[]>;
  /** From now on nobody gets in by it. */
  revokeToken(name: string): Promise<TokenView>;
  /** Makes a link by which one browser comes in as the caller, or as somebody who may do less. */
  createLink(request: LinkRequest): Promise<LinkView>;
  /** Ends the control process; workloads and gateway too when `everything`. */
  shutDown(everything: boolean): Promise<void>;
}

/** Which events. */
export interface EventQuery {
  readonly rollout?: string;
  readonly after?: number;
  readonly limit?: number;
}

/** Which lines of log, and whether to wait for more. */
export interface LogQuery {
  /** A track or a revision; absent: all. */
  readonly of?: string;
  /** The output of this hook in place of that of processes. */
  readonly hook?: string;
  /** Lines from the end to begin with. */
  readonly tail?: number;
  readonly follow?: boolean;
}

/** What a listener wants to hear of. */
export interface StreamQuery {
  readonly rollout?: string;
  /** Events after this id are sent again (`Last-Event-ID`). */
  readonly after?: number;
}
