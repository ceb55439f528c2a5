import type { Migration } from './migration.ts';

/** What was asked for, by whom, and what came of it. */
export const audit: Migration = {
  version: 5,
  sql: `
    -- Rows are added, and go once they are too old or too many; none is ever changed. The entry is JSON.
    CREATE TABLE audit (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      at REAL NOT NULL,
      entry TEXT NOT NULL
    ) STRICT;
  `,
};
