import type { EndedRelease } from '../../engine/decision.ts';
import type { Database, Row } from '../driver.ts';

/** A part of the releases of a Rollout; absent: all of them. */
export interface ReleasePart {
  /** Only those with a smaller number. */
  readonly before?: number;
  /** No more than these. */
  readonly limit?: number;
}

/** SQLite: no limit. */
const ALL = -1;

/** The rows of `releases`: those that have ended. */
export interface ReleaseRows {
  /** Newest first. */
  list(rollout: string, part?: ReleasePart): readonly EndedRelease[];
  get(rollout: string, number: number): EndedRelease | undefined;
  /** Saying the same end again changes nothing. */
  insert(rollout: string, release: EndedRelease): void;
  /** Keeps the newest `keep`; answers the number of the oldest one left. */
  prune(rollout: string, keep: number): number;
}

/** Prepares the statements on `releases`. */
export function releaseRows(database: Database): ReleaseRows {
  const list = database.prepare(
    'SELECT record FROM releases WHERE rollout = ? AND number < ? ORDER BY number DESC LIMIT ?',
  );
  const get = database.prepare('SELECT record FROM releases WHERE rollout = ? AND number = ?');
  const insert = database.prepare(
    'INSERT OR REPLACE INTO releases (rollout, number, record) VALUES (?, ?, ?)',
  );
  const prune = database.prepare(
    `DELETE FROM releases WHERE rollout = ?1 AND number <=
       (SELECT number FROM releases WHERE rollout = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2)`,
  );
  const oldest = database.prepare(
    'SELECT coalesce(min(number), 0) AS number FROM releases WHERE rollout = ?',
  );
  return {
    list: (rollout, { before = Number.MAX_SAFE_INTEGER, limit = ALL } = {}) =>
      list.all(rollout, before, limit).map(releaseOf),
    get: (rollout, number) => {
      const row = get.get(rollout, number);
      return row === undefined ? undefined : releaseOf(row);
    },
    insert: (rollout, release) => void insert.run(rollout, release.number, JSON.stringify(release)),
    prune: (rollout, keep) => {
      prune.run(rollout, keep);
      return oldest.get(rollout)?.['number'] as number;
    },
  };
}

function releaseOf(row: Row): EndedRelease {
  return JSON.parse(row['record'] as string) as EndedRelease;
}
