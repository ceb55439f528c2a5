import type { Rights } from '../../engine/access-role.ts';
import type { Author } from '../../engine/author.ts';
import type { Database, Row } from '../driver.ts';
import { rightsColumns, rightsIn } from './rights.ts';

/** Whose a session is, and since when. Times are milliseconds since 1970. */
export interface HeldSession extends Rights {
  readonly author: Author;
  readonly createdAt: number;
  readonly seenAt: number;
  readonly endsAt: number;
}

/** A session as it is kept: without its secret. */
export interface StoredSession extends HeldSession {
  /** The hash of the secret. */
  readonly digest: string;
  /** The digest of the token that it came of; absent: it came of none of ours. */
  readonly grant?: string;
}

/** The rows of `sessions`. */
export interface SessionRows {
  insert(session: StoredSession): void;
  get(digest: string): StoredSession | undefined;
  /** Writes down that somebody has used it. */
  touch(digest: string, seenAt: number): void;
  /** Newest first, also those that let nobody in any more. */
  list(): readonly StoredSession[];
  delete(digests: readonly string[]): void;
  /**
   * Forgets those that have ended, or were last used before `idleSince`, and of the others all but the `mostOfOne` of each
   * holder, and the `most` of all, that were used last.
   */
  sweep(bounds: SessionBounds): void;
}

/** Which sessions are kept. */
export interface SessionBounds {
  readonly now: number;
  readonly idleSince: number;
  readonly most: number;
  readonly mostOfOne: number;
}

/** Prepares the statements on `sessions`. */
export function sessionRows(database: Database): SessionRows {
  const insert = database.prepare(
    `INSERT INTO sessions (digest, author, role, rollouts, groups, "grant", created_at, seen_at, ends_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const get = database.prepare('SELECT * FROM sessions WHERE digest = ?');
  const list = database.prepare('SELECT * FROM sessions ORDER BY created_at DESC, digest');
  const touch = database.prepare('UPDATE sessions SET seen_at = ? WHERE digest = ?');
  const remove = database.prepare('DELETE FROM sessions WHERE digest IN (SELECT value FROM json_each(?))');
  return {
    insert: ({ digest, author, grant, createdAt, seenAt, endsAt, ...rights }) =>
      void insert.run(
        digest,
        JSON.stringify(author),
        ...rightsColumns(rights),
        grant ?? null,
        createdAt,
        seenAt,
        endsAt,
      ),
    get: (digest) => {
      const row = get.get(digest);
      return row === undefined ? undefined : sessionOf(row);
    },
    touch: (digest, seenAt) => void touch.run(seenAt, digest),
    list: () => list.all().map(sessionOf),
    delete: (digests) => void remove.run(JSON.stringify(digests)),
    sweep: sweeping(database),
  };
}

function sweeping(database: Database): SessionRows['sweep'] {
  const removeOver = database.prepare('DELETE FROM sessions WHERE ends_at <= ? OR seen_at < ?');
  const removeBeyond = database.prepare(
    'DELETE FROM sessions WHERE digest IN (SELECT digest FROM sessions ORDER BY seen_at DESC LIMIT -1 OFFSET ?)',
  );
  const removeBeyondOwn = database.prepare(
    `DELETE FROM sessions WHERE digest IN (SELECT digest FROM (
       SELECT digest, row_number() OVER (PARTITION BY author ORDER BY seen_at DESC, created_at DESC) AS place FROM sessions
     ) WHERE place > ?)`,
  );
  return ({ now, idleSince, most, mostOfOne }) => {
    removeOver.run(now, idleSince);
    removeBeyondOwn.run(mostOfOne);
    removeBeyond.run(most);
  };
}

function sessionOf(row: Row): StoredSession {
  const { grant } = row;
  return {
    digest: row['digest'] as string,
    author: JSON.parse(row['author'] as string) as Author,
    ...rightsIn(row),
    ...(typeof grant === 'string' ? { grant } : {}),
    createdAt: row['created_at'] as number,
    seenAt: row['seen_at'] as number,
    endsAt: row['ends_at'] as number,
  };
}
