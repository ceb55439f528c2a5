import type { Migration } from './migration.ts';

/** Sessions of the dashboard. */
export const sessions: Migration = {
  version: 3,
  sql: `
    -- "grant" is the digest of the token that a session came of. Lists and authors are JSON.
    CREATE TABLE sessions (
      digest TEXT PRIMARY KEY,
      author TEXT NOT NULL,
      role TEXT NOT NULL,
      rollouts TEXT,
      groups TEXT NOT NULL,
      "grant" TEXT,
      created_at REAL NOT NULL,
      seen_at REAL NOT NULL,
      ends_at REAL NOT NULL
    ) STRICT, WITHOUT ROWID;
  `,
};
