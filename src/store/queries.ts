import type { TickPart } from './rows/tick.ts';
import type { Failure } from '../base/failure.ts';
import type { Consequences, RolloutRecord, Store } from '../controller/ports.ts';
import type { CountedTick, EndedRelease } from '../engine/decision.ts';
import type { RevisionId } from '../rollout/model.ts';
import type { AuditEntry, AuditQuery, StoredAudit } from './rows/audit.ts';
import type { AnswerBounds, AnswerKey, StoredAnswer, ToldAnswer } from './rows/answer.ts';
import type { EventQuery, StoredEvent } from './rows/event.ts';
import type { ReleasePart } from './rows/release.ts';
import type { StoredRevision } from './rows/revision.ts';
import type { StoredRollout } from './rows/rollout.ts';
import type { SessionBounds, StoredSession } from './rows/session.ts';
import type { StoredToken } from './rows/token.ts';

/** What can be asked of the state besides what the controller needs. */
export interface Queries {
  /** Rollouts whose stored document this coalmine does not understand. `list` leaves them out, `get` throws. */
  unresolved(): Promise<readonly UnresolvedRollout[]>;
  /** Oldest first. */
  events(query: EventQuery): Promise<readonly StoredEvent[]>;
  /** Those that have ended, newest first. */
  releases(rollout: string, part?: ReleasePart): Promise<readonly EndedRelease[]>;
  /** Undefined when there is no such release, or it runs still, or it is no longer kept. */
  release(rollout: string, number: number): Promise<EndedRelease | undefined>;
  /** What was counted as evidence in a release, running or ended, in its order. */
  ticks(rollout: string, release: number, part?: TickPart): Promise<readonly CountedTick[]>;

  /**
   * Saves records, as `save` does, each with the revisions it wants: all of them or nothing. A revision that is there
   * already is overwritten. A removed Rollout's revisions stay until they are deleted, so that no artefact is forgotten.
   */
  declare(declarations: readonly Declaration[]): Promise<readonly RolloutRecord[]>;
  getRevision(rollout: string, id: RevisionId): Promise<StoredRevision | undefined>;
  /** Oldest first; of all Rollouts when none is named. */
  listRevisions(rollout?: string): Promise<readonly StoredRevision[]>;
  deleteRevision(rollout: string, id: RevisionId): Promise<void>;

  /** Every token there ever was, oldest first. */
  tokens(): Promise<readonly StoredToken[]>;
  /** False when there is one of this name that is not revoked. */
  addToken(token: StoredToken): Promise<boolean>;
  /** False when there is none of this name that is not revoked. */
  revokeToken(name: string, revoked: NonNullable<StoredToken['revoked']>): Promise<boolean>;

  session(digest: string): Promise<StoredSession | undefined>;
  /** Keeps a session, and forgets those that are out of bounds. */
  addSession(session: StoredSession, bounds: SessionBounds): Promise<void>;
  /** Writes down that somebody has used a session. */
  touchSession(digest: string, seenAt: number): Promise<void>;
  /** Newest first, also those that let nobody in any more. */
  sessions(): Promise<readonly StoredSession[]>;
  deleteSessions(digests: readonly string[]): Promise<void>;

  /**
   * Writes a request with a key down, unless it is: then that is answered. Forgets those that are out of bounds.
   */
  beginAnswer(request: StoredAnswer, bounds: AnswerBounds): Promise<StoredAnswer | undefined>;
  endAnswer(key: AnswerKey, told: ToldAnswer): Promise<void>;
  forgetAnswer(key: AnswerKey): Promise<void>;

  /** What was asked for, newest first. */
  audit(query: AuditQuery): Promise<readonly StoredAudit[]>;
  /** Writes down what is asked for, and forgets what is too old. Answers its id. */
  addAudit(entry: AuditEntry, at: number): Promise<number>;
  /** Writes down what came of it, once. */
  endAudit(id: number, outcome: string): Promise<void>;

  /** Tells of every change once it is durable, in order. Answers how to stop listening. A listener must not throw. */
  onSaved(listener: (change: Saved) => void): () => void;
}

/** A record, and the revisions it wants from now on: one, or those of its variants. */
export interface Declaration {
  readonly record: RolloutRecord;
  readonly revisions: readonly StoredRevision[];
  readonly consequences?: Consequences;
}

/** A Rollout that is there but cannot be worked with. */
export interface UnresolvedRollout {
  readonly name: string;
  readonly failure: Failure;
  /** With a resolved `rollout` added, this is the record to save in its place. */
  readonly stored: Omit<StoredRollout, 'name'>;
}

/** A change that is durable. */
export type Saved =
  | { readonly kind: 'saved'; readonly record: RolloutRecord; readonly events: readonly StoredEvent[] }
  | { readonly kind: 'removed'; readonly name: string };

/** The state of one data directory, which belongs to this process until it closes it. */
export interface StateStore extends Store, Queries {
  close(): Promise<void>;
}
