import type { Database } from './driver.ts';
import type { Migration } from './migrations/migration.ts';
import { inTransaction } from './transaction.ts';

/** The schema of a database: the version of the newest migration that was applied; 0 before the first. */
export function schemaOf(database: Database): number {
  return Number(database.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
}

/** The newest schema that this coalmine knows. */
export function newestSchema(migrations: readonly Migration[]): number {
  return migrations.at(-1)?.version ?? 0;
}

/** Applies what is missing, all of it or nothing. */
export function migrate(database: Database, migrations: readonly Migration[]): void {
  const schema = schemaOf(database);
  const missing = migrations.filter((migration) => migration.version > schema);
  if (missing.length === 0) return;
  inTransaction(database, () => {
    for (const migration of missing) {
      database.exec(migration.sql);
      database.exec(`PRAGMA user_version = ${migration.version}`);
    }
  });
}
