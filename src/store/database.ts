import { chmod, mkdir, open as openFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isMissing } from '../base/errno.ts';
import { Failure } from '../base/failure.ts';
import { syncDirectory } from '../files/durable-file.ts';
import type { Database, OpenConnection } from './driver.ts';
import { migrate, newestSchema, schemaOf } from './migrate.ts';
import { MIGRATIONS } from './migrations/all.ts';
import type { Migration } from './migrations/migration.ts';
import { damaged, guarded } from './store-failure.ts';

/** What opening a database needs to know. */
export interface DatabaseOptions {
  readonly open: OpenConnection;
  /** The version of coalmine, written into the file so that an older one can name it. */
  readonly version: string;
  /** Other than the released ones, in tests. */
  readonly migrations?: readonly Migration[];
}

/** "Coal" in ASCII: tells our files from other SQLite databases. */
const APPLICATION_ID = 0x436f_616c;
const HEADER_START = 'SQLite format 3\0';
const HEADER_BYTES = 100;
const BUSY_TIMEOUT_MS = 5_000;

/**
 * Opens the database at `path`, making or migrating it when needed. A damaged file, a file of a newer coalmine and
 * someone else's file are refused before anything is written to them. The caller owns the data directory.
 */
export async function openDatabase(path: string, options: DatabaseOptions): Promise<Database> {
  const { open, version, migrations = MIGRATIONS } = options;
  if (await isAbsent(path)) await createDatabase(path, open, migrations);
  await checkHeader(path);
  const schema = guarded(path, () => inspect(path, open, migrations));
  await chmod(path, 0o600);
  const database = guarded(path, () => connect(path, open));
  try {
    if (schema < newestSchema(migrations)) {
      await backUp(path, database, schema);
      guarded(path, () => {
        migrate(database, migrations);
      });
    }
    guarded(path, () => {
      writeVersion(database, version);
    });
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Closes a connection, with everything that was saved in the file itself so that a copy of it is whole. */
export function closeDatabase(database: Database): void {
  try {
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  } catch {
    // A full disk: what was saved stays in the write-ahead log, where the next opening finds it.
  }
  database.close();
}

/**
 * A new database gets its name only when it is whole. So an empty or half-written file under that name is never the
 * trace of a start that was cut short, and is refused as damaged instead of being taken for a new beginning.
 */
async function createDatabase(
  path: string,
  open: OpenConnection,
  migrations: readonly Migration[],
): Promise<void> {
  // SQLite would play an old journal into the new file.
  if (!(await isAbsent(`${path}-wal`)))
    throw damaged(path, 'its journal is there, but the file itself is not');
  const draft = `${path}.new`;
  await rm(draft, { force: true });
  await rm(`${draft}-journal`, { force: true });
  await (await openFile(draft, 'wx', 0o600)).close();
  guarded(path, () => {
    const database = open(draft);
    try {
      database.exec(`PRAGMA synchronous = FULL; PRAGMA application_id = ${APPLICATION_ID}`);
      migrate(database, migrations);
    } finally {
      database.close();
    }
  });
  await rename(draft, path);
  await syncDirectory(dirname(path));
}

async function checkHeader(path: string): Promise<void> {
  const file = await openFile(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
    if (bytesRead === 0) throw damaged(path, 'the file is empty');
    if (bytesRead < HEADER_BYTES) throw damaged(path, 'it ends within its header');
    if (!buffer.toString('latin1').startsWith(HEADER_START))
      throw damaged(path, 'it is not an SQLite database');
  } finally {
    await file.close();
  }
}

/** Answers the schema of a file that may be used. Looks through a read-only connection. */
function inspect(path: string, open: OpenConnection, migrations: readonly Migration[]): number {
  const database = open(path, { readOnly: true });
  try {
    const id = database.prepare('PRAGMA application_id').get()?.['application_id'];
    if (id !== APPLICATION_ID) throw notOurs(path);
    const schema = schemaOf(database);
    if (schema > newestSchema(migrations)) throw tooNew(path, schema, database);
    const problem = database.prepare('PRAGMA quick_check(1)').get()?.['quick_check'];
    if (problem !== 'ok') throw damaged(path, String(problem));
    return schema;
  } finally {
    database.close();
  }
}

function connect(path: string, open: OpenConnection): Database {
  const database = open(path);
  database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON');
  return database;
}

/** Keeps the state as it was before an upgrade, in `backups/`, for a way back to the older coalmine. */
async function backUp(path: string, database: Database, schema: number): Promise<void> {
  const directory = join(dirname(path), 'backups');
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const target = join(directory, `coalmine-schema-${schema}.db`);
  const draft = `${target}.new`;
  await rm(draft, { force: true });
  guarded(draft, () => database.prepare('VACUUM INTO ?').run(draft));
  await chmod(draft, 0o600);
  await rename(draft, target);
  await syncDirectory(directory);
}

function writeVersion(database: Database, version: string): void {
  if (versionIn(database) === version) return;
  database
    .prepare("INSERT INTO meta VALUES ('writtenBy', ?) ON CONFLICT DO UPDATE SET value = excluded.value")
    .run(version);
}

function versionIn(database: Database): string | undefined {
  const value = database.prepare("SELECT value FROM meta WHERE key = 'writtenBy'").get()?.['value'];
  return typeof value === 'string' ? value : undefined;
}

/** As far as a schema that is not known here still tells it. */
function writerOf(database: Database): string | undefined {
  try {
    return versionIn(database);
  } catch {
    return undefined;
  }
}

function tooNew(path: string, schema: number, database: Database): Failure {
  const writer = writerOf(database);
  const by = writer === undefined ? 'a newer coalmine' : `coalmine ${writer}, which is newer than this one`;
  return new Failure('storeUnusable', `the state in ${path} was written by ${by} (schema ${schema})`, {
    hint: `use ${writer === undefined ? 'that version' : `coalmine ${writer}`} or a later one; nothing was changed`,
  });
}

function notOurs(path: string): Failure {
  return new Failure('storeUnusable', `${path} is a database of another program`, {
    hint: 'name another data directory; nothing was changed',
  });
}

async function isAbsent(path: string): Promise<boolean> {
  try {
    await stat(path);
    return false;
  } catch (error) {
    if (isMissing(error)) return true;
    throw error;
  }
}
