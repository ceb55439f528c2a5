import type { RolloutRecord } from '../../controller/ports.ts';
import type { Wanted } from '../../engine/wanted.ts';
import type { Status } from '../../engine/status.ts';
import type { Database, Row } from '../driver.ts';

/** A record as the database has it: its document is not resolved yet. */
export interface StoredRollout extends Omit<RolloutRecord, 'rollout'> {
  readonly name: string;
}

/** The rows of `rollouts`. */
export interface RolloutRows {
  list(): readonly StoredRollout[];
  get(name: string): StoredRollout | undefined;
  /** Answers the version of the new row; undefined when the name is taken. */
  insert(row: StoredRollout): number | undefined;
  /** False when the stored version is not `row.version`. */
  update(row: StoredRollout): boolean;
  /** False when the stored version is not `version`. Everything that belongs to the row goes too. */
  delete(name: string, version: number): boolean;
}

/** Prepares the statements on `rollouts`. */
export function rolloutRows(database: Database): RolloutRows {
  const list = database.prepare('SELECT * FROM rollouts ORDER BY name');
  const get = database.prepare('SELECT * FROM rollouts WHERE name = ?');
  const insert = database.prepare(
    `INSERT INTO rollouts (name, document, generation, wanted, status, deleting, version)
     VALUES (?, ?, ?, ?, ?, ?, 1 + coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'versionFloor'), 0))
     ON CONFLICT DO NOTHING RETURNING version`,
  );
  const update = database.prepare(
    `UPDATE rollouts SET document = ?, generation = ?, wanted = ?, status = ?, deleting = ?, version = version + 1
     WHERE name = ? AND version = ?`,
  );
  const remove = database.prepare('DELETE FROM rollouts WHERE name = ? AND version = ?');
  // Versions never start anew under a name, or a save from before the removal could pass for a current one.
  const raiseFloor = database.prepare(
    `INSERT INTO meta VALUES ('versionFloor', ?)
     ON CONFLICT DO UPDATE SET value = max(CAST(value AS INTEGER), CAST(excluded.value AS INTEGER))`,
  );
  return {
    list: () => list.all().map(rolloutOf),
    get: (name) => {
      const row = get.get(name);
      return row === undefined ? undefined : rolloutOf(row);
    },
    insert: (row) => insert.get(row.name, ...columnsOf(row))?.['version'] as number | undefined,
    update: (row) => update.run(...columnsOf(row), row.name, row.version).changes === 1,
    delete: (name, version) => {
      if (remove.run(name, version).changes === 0) return false;
      raiseFloor.run(String(version));
      return true;
    },
  };
}

function columnsOf(row: StoredRollout): [string, number, string | null, string, number] {
  const wanted = row.wanted === undefined ? null : JSON.stringify(row.wanted);
  return [row.document, row.generation, wanted, JSON.stringify(row.status), row.deleting ? 1 : 0];
}

function rolloutOf(row: Row): StoredRollout {
  const wanted = row['wanted'];
  return {
    name: row['name'] as string,
    document: row['document'] as string,
    generation: row['generation'] as number,
    ...(typeof wanted === 'string' ? { wanted: JSON.parse(wanted) as Wanted } : {}),
    status: JSON.parse(row['status'] as string) as Status,
    deleting: row['deleting'] === 1,
    version: row['version'] as number,
  };
}
