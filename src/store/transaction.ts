import type { Database } from './driver.ts';

/** Does `work` as a whole or not at all. When it returns, its effects are on the disk. */
export function inTransaction<T>(database: Database, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    rollBack(database);
    throw error;
  }
}

function rollBack(database: Database): void {
  try {
    database.exec('ROLLBACK');
  } catch {
    // SQLite ends a transaction by itself when the disk is full or fails; then there is nothing to roll back.
  }
}
