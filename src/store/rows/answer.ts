import type { Database, Row } from '../driver.ts';

/** Whose request, by the key that he gave it: both digests. */
export interface AnswerKey {
  readonly caller: string;
  readonly key: string;
}

/** A request with a key, and what it was answered. */
export interface StoredAnswer extends AnswerKey {
  /** A digest of all of the request. */
  readonly request: string;
  /** When it was begun: wall clock, milliseconds since 1970. */
  readonly at: number;
  /** Absent: there is no answer yet. */
  readonly told?: ToldAnswer;
}

/** What somebody was told: a status of HTTP, and JSON. */
export interface ToldAnswer {
  readonly status: number;
  readonly body: string;
}

/** How many are kept, and for how long. */
export interface AnswerBounds {
  /** Those that were begun before are forgotten. */
  readonly since: number;
  readonly atMost: number;
}

/** The rows of `answers`. */
export interface AnswerRows {
  get(key: AnswerKey): StoredAnswer | undefined;
  insert(answer: StoredAnswer): void;
  end(key: AnswerKey, told: ToldAnswer): void;
  delete(key: AnswerKey): void;
  sweep(bounds: AnswerBounds): void;
}

/** Prepares the statements on `answers`. */
export function answerRows(database: Database): AnswerRows {
  const get = database.prepare('SELECT * FROM answers WHERE caller = ? AND key = ?');
  const insert = database.prepare('INSERT INTO answers (caller, key, request, at) VALUES (?, ?, ?, ?)');
  const end = database.prepare('UPDATE answers SET status = ?, body = ? WHERE caller = ? AND key = ?');
  const remove = database.prepare('DELETE FROM answers WHERE caller = ? AND key = ?');
  const expire = database.prepare('DELETE FROM answers WHERE at < ?');
  const cap = database.prepare(
    'DELETE FROM answers WHERE rowid IN (SELECT rowid FROM answers ORDER BY at DESC LIMIT -1 OFFSET ?)',
  );
  return {
    get: ({ caller, key }) => {
      const row = get.get(caller, key);
      return row === undefined ? undefined : answerOf(row);
    },
    insert: ({ caller, key, request, at }) => void insert.run(caller, key, request, at),
    end: ({ caller, key }, { status, body }) => void end.run(status, body, caller, key),
    delete: ({ caller, key }) => void remove.run(caller, key),
    sweep: ({ since, atMost }) => {
      expire.run(since);
      cap.run(atMost);
    },
  };
}

function answerOf(row: Row): StoredAnswer {
  const { status, body } = row;
  return {
    caller: row['caller'] as string,
    key: row['key'] as string,
    request: row['request'] as string,
    at: row['at'] as number,
    ...(typeof status === 'number' && typeof body === 'string' ? { told: { status, body } } : {}),
  };
}
