import type { JsonObject } from '../../base/json.ts';
import type { RevisionId } from '../../rollout/model.ts';
import type { RevisionSettings } from '../../rollout/revision.ts';
import type { Database, Row } from '../driver.ts';

/** A revision that a Rollout runs, wants or may go back to. */
export interface StoredRevision {
  readonly id: RevisionId;
  readonly rollout: string;
  /** What the id is the hash of. Holds no secrets: those are in it as digests. */
  readonly template: JsonObject;
  /** How it is probed, limited, stopped and restarted. */
  readonly settings: RevisionSettings;
  /** Where its artefact is; absent when it runs a live directory. */
  readonly directory?: string;
  /** Wall clock, milliseconds since 1970. */
  readonly createdAt: number;
}

/** The rows of `revisions`. */
export interface RevisionRows {
  /** Writes or overwrites. */
  put(revision: StoredRevision): void;
  get(rollout: string, id: RevisionId): StoredRevision | undefined;
  /** Oldest first; of all Rollouts when none is named. */
  list(rollout: string | undefined): readonly StoredRevision[];
  delete(rollout: string, id: RevisionId): void;
}

/** Prepares the statements on `revisions`. */
export function revisionRows(database: Database): RevisionRows {
  const put = database.prepare(
    'INSERT OR REPLACE INTO revisions (rollout, id, template, settings, directory, created_at) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const get = database.prepare('SELECT * FROM revisions WHERE rollout = ? AND id = ?');
  const list = database.prepare('SELECT * FROM revisions ORDER BY created_at, rowid');
  const listOf = database.prepare('SELECT * FROM revisions WHERE rollout = ? ORDER BY created_at, rowid');
  const remove = database.prepare('DELETE FROM revisions WHERE rollout = ? AND id = ?');
  return {
    put: ({ rollout, id, template, settings, directory, createdAt }) => {
      put.run(rollout, id, JSON.stringify(template), JSON.stringify(settings), directory ?? null, createdAt);
    },
    get: (rollout, id) => {
      const row = get.get(rollout, id);
      return row === undefined ? undefined : revisionOf(row);
    },
    list: (rollout) => (rollout === undefined ? list.all() : listOf.all(rollout)).map(revisionOf),
    delete: (rollout, id) => void remove.run(rollout, id),
  };
}

function revisionOf(row: Row): StoredRevision {
  const { directory } = row;
  return {
    id: row['id'] as RevisionId,
    rollout: row['rollout'] as string,
    template: JSON.parse(row['template'] as string) as JsonObject,
    settings: JSON.parse(row['settings'] as string) as RevisionSettings,
    ...(typeof directory === 'string' ? { directory } : {}),
    createdAt: row['created_at'] as number,
  };
}
