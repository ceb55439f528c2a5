/** A value as it is bound and read: flags are 0 and 1, everything structured is JSON text. */
export type Value = null | number | string;

/** One row, by column name. */
export type Row = Readonly<Record<string, Value>>;

/** A prepared statement. */
export interface Statement {
  run(...values: readonly Value[]): { readonly changes: number | bigint };
  get(...values: readonly Value[]): Row | undefined;
  all(...values: readonly Value[]): readonly Row[];
}

/** One connection; every call blocks until it is done. */
export interface Database {
  exec(sql: string): void;
  prepare(sql: string): Statement;
  close(): void;
}

/** Opens a connection. Throws whatever SQLite says, see `storeFailure`. */
export type OpenConnection = (path: string, options?: { readonly readOnly: boolean }) => Database;

interface SqliteModule {
  readonly DatabaseSync: new (path: string, options: { readonly readOnly: boolean }) => Database;
}

/** Node's own SQLite where this Node has it; otherwise the package with the same interface and prebuilt binaries. */
export async function loadDriver(): Promise<OpenConnection> {
  const { DatabaseSync } = nodeSqlite() ?? (await import('@photostructure/sqlite'));
  return (path, options = { readOnly: false }) => new DatabaseSync(path, options);
}

function nodeSqlite(): SqliteModule | undefined {
  return process.getBuiltinModule('node:sqlite') as SqliteModule | undefined;
}
