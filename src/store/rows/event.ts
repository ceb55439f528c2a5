import type { Author } from '../../engine/author.ts';
import type { EngineEvent, EventType } from '../../engine/decision.ts';
import type { RevisionId } from '../../rollout/model.ts';
import type { Database, Row } from '../driver.ts';

/** An event as it is kept. */
export interface StoredEvent extends EngineEvent {
  /** Grows over all Rollouts, and is never used again: a position in the stream. */
  readonly id: number;
  readonly rollout: string;
  /** Wall clock of the save, milliseconds since 1970. */
  readonly at: number;
}

/** Which events. */
export interface EventQuery {
  /** Absent: those of all Rollouts. */
  readonly rollout?: string;
  /** Only later ones, beginning with the oldest. Absent: the newest ones. */
  readonly after?: number;
  /** At most so many; 1,000 when absent. */
  readonly limit?: number;
}

/** The rows of `events`. */
export interface EventRows {
  /** Oldest first. */
  find(query: EventQuery): readonly StoredEvent[];
  insert(rollout: string, at: number, event: EngineEvent): StoredEvent;
  /** Keeps the newest `keep` events of a Rollout. */
  cap(rollout: string, keep: number): void;
  /** Removes what happened until the last event of a release before `oldest`, and before the first of one from then on. */
  deleteBefore(rollout: string, oldest: number): void;
}

const USUAL_LIMIT = 1_000;

/** Prepares the statements on `events`. */
export function eventRows(database: Database): EventRows {
  const insert = database.prepare(
    `INSERT INTO events (rollout, at, type, message, release, revision, author)
     VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id`,
  );
  const cap = database.prepare(
    `DELETE FROM events WHERE rollout = ?1 AND id <=
       (SELECT id FROM events WHERE rollout = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)`,
  );
  const deleteBefore = database.prepare(
    `DELETE FROM events WHERE rollout = ?1 AND id <=
       (SELECT max(id) FROM events WHERE rollout = ?1 AND release < ?2 AND id <
         (SELECT min(id) FROM events WHERE rollout = ?1 AND release >= ?2))`,
  );
  return {
    find: eventFinder(database),
    insert: (rollout, at, event) => {
      const { type, message, release = null, revision = null, by } = event;
      const author = by === undefined ? null : JSON.stringify(by);
      const row = insert.get(rollout, at, type, message, release, revision, author);
      return { id: row?.['id'] as number, rollout, at, ...event };
    },
    cap: (rollout, keep) => void cap.run(rollout, keep),
    deleteBefore: (rollout, oldest) => void deleteBefore.run(rollout, oldest),
  };
}

function eventFinder(database: Database): EventRows['find'] {
  const after = database.prepare('SELECT * FROM events WHERE id > ? ORDER BY id LIMIT ?');
  const newest = database.prepare('SELECT * FROM events ORDER BY id DESC LIMIT ?');
  const afterOf = database.prepare('SELECT * FROM events WHERE rollout = ? AND id > ? ORDER BY id LIMIT ?');
  const newestOf = database.prepare('SELECT * FROM events WHERE rollout = ? ORDER BY id DESC LIMIT ?');
  return ({ rollout, after: position, limit = USUAL_LIMIT }) => {
    const of = rollout === undefined ? [] : [rollout];
    if (position !== undefined)
      return (rollout === undefined ? after : afterOf).all(...of, position, limit).map(eventOf);
    return (rollout === undefined ? newest : newestOf)
      .all(...of, limit)
      .map(eventOf)
      .reverse();
  };
}

function eventOf(row: Row): StoredEvent {
  const { release, revision, author } = row;
  return {
    id: row['id'] as number,
    rollout: row['rollout'] as string,
    at: row['at'] as number,
    type: row['type'] as EventType,
    message: row['message'] as string,
    ...(typeof release === 'number' ? { release } : {}),
    ...(typeof revision === 'string' ? { revision: revision as RevisionId } : {}),
    ...(typeof author === 'string' ? { by: JSON.parse(author) as Author } : {}),
  };
}
