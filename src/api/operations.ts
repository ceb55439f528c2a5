import type { JsonObject } from '../base/json.ts';
import type {
  ApplyRequest,
  ApplyView,
  EventView,
  HistoryView,
  LogLine,
  PlanView,
  ReleaseRequest,
  RolloutView,
  SteerRequest,
  StreamMessage,
  SystemView,
  TickView,
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
  steer(name: string, request: SteerRequest): Promise<RolloutView>;
  /** Replaces the stable processes one by one. */
  restart(name: string): Promise<RolloutView>;
  scale(name: string, replicas: number): Promise<RolloutView>;
  /** Winds a Rollout down; answers when nothing of it runs any more. */
  remove(name: string): Promise<void>;
  /** Newest first. */
  history(name: string): Promise<readonly HistoryView[]>;
  ticks(name: string, release: number): Promise<readonly TickView[]>;
  /** Oldest first, after the given id. */
  events(query: EventQuery): Promise<readonly EventView[]>;
  logs(name: string, query: LogQuery, signal: AbortSignal): AsyncIterable<LogLine>;
  stream(query: StreamQuery, signal: AbortSignal): AsyncIterable<StreamMessage>;
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
