import type { Migration } from './migration.ts';

/** What requests with a key were answered. */
export const answers: Migration = {
  version: 4,
  sql: `
    -- No status yet: it is being done, or was when the control process ended. Keys and requests are digests.
    CREATE TABLE answers (
      caller TEXT NOT NULL,
      key TEXT NOT NULL,
      request TEXT NOT NULL,
      at REAL NOT NULL,
      status INTEGER,
      body TEXT,
      PRIMARY KEY (caller, key)
    ) STRICT;
    CREATE INDEX answers_by_age ON answers (at);
  `,
};
