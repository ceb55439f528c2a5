import type { JsonObject } from '../../base/json.ts';
import type { Author } from '../../engine/author.ts';
import type { Database, Row } from '../driver.ts';

/** Something that somebody asks for. Holds no secret. */
export interface AuditEntry {
  /** The id of the request, as its answer says it. */
  readonly request: string;
  /** Absent: somebody who was not let in. */
  readonly by?: Author;
  /** How he came in: as the owner of the control socket, by a token, by a session, or by a link that begins one. */
  readonly via?: 'socket' | 'token' | 'session' | 'link';
  /** The address that it came from; absent: the control socket. */
  readonly from?: string;
  /** The operation, as the OpenAPI document calls it. */
  readonly operation: string;
  /** The Rollout, the group, the token or the session it was about. */
  readonly about?: string;
  /** What was asked for, as far as it can hold no secret. */
  readonly asked?: JsonObject;
  /** `done`, or the code of the failure; `unknown` where coalmine ended before it was; absent: it is being done. */
  readonly outcome?: string;
}

/** What came of what a process has begun that is gone, and did not say so. */
const UNKNOWN = 'unknown';

/** An entry as it is kept. */
export interface StoredAudit extends AuditEntry {
  /** Grows, and is never used again. */
  readonly id: number;
  /** When it was asked for: wall clock, milliseconds since 1970. */
  readonly at: number;
}

/** Which entries. */
export interface AuditQuery {
  /** Only those before the one of this id. */
  readonly before?: number;
  readonly limit: number;
}

/** The rows of `audit`. */
export interface AuditRows {
  /** Newest first. */
  list(query: AuditQuery): readonly StoredAudit[];
  /** Answers the id of the new entry. */
  insert(at: number, entry: AuditEntry): number;
  /** Writes down what came of one. */
  end(id: number, outcome: string): void;
  /** Forgets those before a time, and all but the newest `atMost`. */
  sweep(since: number, atMost: number): void;
}

/** Prepares the statements on `audit`. */
export function auditRows(database: Database): AuditRows {
  const list = database.prepare('SELECT * FROM audit WHERE id < ? ORDER BY id DESC LIMIT ?');
  const insert = database.prepare('INSERT INTO audit (at, entry, outcome) VALUES (?, ?, ?) RETURNING id');
  const end = database.prepare('UPDATE audit SET outcome = ? WHERE id = ? AND outcome IS NULL');
  // Nobody else has the state: whoever began one of these is gone.
  const earlier = Number(database.prepare('SELECT max(id) AS id FROM audit').get()?.['id'] ?? 0);
  // By their ids, in which they are ordered: it stops at the first that is young enough.
  const expire = database.prepare(
    `DELETE FROM audit WHERE id < coalesce((SELECT min(id) FROM (SELECT id, at FROM audit ORDER BY id LIMIT 100) WHERE at >= ?1),
       (SELECT max(id) + 1 FROM (SELECT id FROM audit ORDER BY id LIMIT 100)))`,
  );
  const cap = database.prepare(
    'DELETE FROM audit WHERE id <= (SELECT max(id) FROM audit) - ? AND id <= (SELECT min(id) + 100 FROM audit)',
  );
  return {
    list: ({ before = Number.MAX_SAFE_INTEGER, limit }) =>
      list.all(before, limit).map((row) => auditOf(row, earlier)),
    insert: (at, { outcome = null, ...entry }) =>
      insert.get(at, JSON.stringify(entry), outcome)?.['id'] as number,
    end: (id, outcome) => void end.run(outcome, id),
    sweep: (since, atMost) => {
      expire.run(since);
      cap.run(atMost);
    },
  };
}

function auditOf(row: Row, earlier: number): StoredAudit {
  const id = row['id'] as number;
  const outcome = row['outcome'] ?? (id <= earlier ? UNKNOWN : null);
  return {
    id,
    at: row['at'] as number,
    ...(JSON.parse(row['entry'] as string) as AuditEntry),
    ...(typeof outcome === 'string' ? { outcome } : {}),
  };
}
