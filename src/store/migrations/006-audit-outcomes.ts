import type { Migration } from './migration.ts';

/** What came of what was asked for, apart from that: it is written down later. */
export const auditOutcomes: Migration = {
  version: 6,
  sql: `
    -- No outcome yet: it is being done, or was when the control process ended.
    ALTER TABLE audit ADD COLUMN outcome TEXT;
    UPDATE audit SET outcome = json_extract(entry, '$.outcome'), entry = json_remove(entry, '$.outcome');
  `,
};
