import type { Migration } from './migration.ts';

/** The first schema. */
export const first: Migration = {
  version: 1,
  sql: `
    -- Single facts: 'writtenBy', the coalmine that opened the file last (every version must keep this row readable),
    -- and 'versionFloor', the highest version of any removed Rollout: a new one of the same name starts above it.
    CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

    CREATE TABLE rollouts (
      name TEXT PRIMARY KEY,
      document TEXT NOT NULL,
      generation INTEGER NOT NULL,
      wanted TEXT,
      status TEXT NOT NULL,
      deleting INTEGER NOT NULL,
      version INTEGER NOT NULL
    ) STRICT;

    -- Ids are never used again, so that they can be positions in a stream.
    CREATE TABLE events (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      rollout TEXT NOT NULL REFERENCES rollouts (name) ON DELETE CASCADE,
      at REAL NOT NULL,
      type TEXT NOT NULL,
      message TEXT NOT NULL,
      release INTEGER,
      revision TEXT
    ) STRICT;
    CREATE INDEX events_of_rollout ON events (rollout, id);

    CREATE TABLE releases (
      rollout TEXT NOT NULL REFERENCES rollouts (name) ON DELETE CASCADE,
      number INTEGER NOT NULL,
      record TEXT NOT NULL,
      PRIMARY KEY (rollout, number)
    ) STRICT;

    CREATE TABLE ticks (
      rollout TEXT NOT NULL REFERENCES rollouts (name) ON DELETE CASCADE,
      release INTEGER NOT NULL,
      seq INTEGER NOT NULL,
      step INTEGER NOT NULL,
      at REAL NOT NULL,
      tick TEXT NOT NULL,
      judgement TEXT NOT NULL,
      PRIMARY KEY (rollout, release, seq)
    ) STRICT;

    -- Not tied to rollouts: a revision is written down before its Rollout is first saved, and outlives it until
    -- its artefact is gone.
    CREATE TABLE revisions (
      rollout TEXT NOT NULL,
      id TEXT NOT NULL,
      template TEXT NOT NULL,
      settings TEXT NOT NULL,
      directory TEXT,
      created_at REAL NOT NULL,
      PRIMARY KEY (rollout, id)
    ) STRICT;
  `,
};
