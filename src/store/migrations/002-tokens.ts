import type { Migration } from './migration.ts';

/** Tokens, and who asked for what happened. */
export const tokens: Migration = {
  version: 2,
  sql: `
    -- Revoked ones stay, so that what they were used for can still be told. Lists and authors are JSON.
    CREATE TABLE tokens (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      name TEXT NOT NULL,
      digest TEXT NOT NULL UNIQUE,
      role TEXT NOT NULL,
      rollouts TEXT,
      groups TEXT NOT NULL,
      created_at REAL NOT NULL,
      created_by TEXT NOT NULL,
      expires_at REAL,
      revoked_at REAL,
      revoked_by TEXT
    ) STRICT;
    CREATE UNIQUE INDEX tokens_not_revoked ON tokens (name) WHERE revoked_at IS NULL;

    ALTER TABLE events ADD COLUMN author TEXT;
  `,
};
