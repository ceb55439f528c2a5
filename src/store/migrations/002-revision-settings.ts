import type { Migration } from './migration.ts';

/** How a revision is probed, limited, stopped and restarted is kept with it. */
export const revisionSettings: Migration = {
  version: 2,
  sql: `
    -- JSON; NULL in rows from before: such a revision is looked after as its Rollout declares.
    ALTER TABLE revisions ADD COLUMN settings TEXT;
  `,
};
