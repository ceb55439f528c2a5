import type { JsonObject } from '../base/json.ts';
import type {
  ApplyRequest,
  ApplyView,
  ApproveRequest,
  EventView,
  HistoryView,
  LogLine,
  MaintenanceRequest,
  PlanView,
  ReleaseRequest,
  RolloutView,
  SteerRequest,
  StreamMessage,
  SystemView,
  TickView,
  TokenRequest,
  TokenView,
  CreatedToken,
  UploadKind,
  UploadView,
} from './resources.ts';

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
  /** Winds a Rollout down; answers when nothing of it runs any more. */
  remove(name: string): Promise<void>;
  /** Newest first. */
  history(name: string): Promise<readonly HistoryView[]>;
  ticks(name: string, release: number): Promise<readonly TickView[]>;
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
  /** From now on nobody gets in by it. */
  revokeToken(name: string): Promise<TokenView>;
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
