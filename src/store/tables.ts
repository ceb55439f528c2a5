import type { Database } from './driver.ts';
import { eventRows, type EventRows } from './event-rows.ts';
import { releaseRows, type ReleaseRows } from './release-rows.ts';
import { revisionRows, type RevisionRows } from './revision-rows.ts';
import { rolloutRows, type RolloutRows } from './rollout-rows.ts';
import { tickRows, type TickRows } from './tick-rows.ts';
import { tokenRows, type TokenRows } from './token-rows.ts';

/** Everything that is kept, with all statements prepared. */
export interface Tables {
  readonly rollouts: RolloutRows;
  readonly events: EventRows;
  readonly releases: ReleaseRows;
  readonly ticks: TickRows;
  readonly revisions: RevisionRows;
  readonly tokens: TokenRows;
}

/** Prepares the statements on every table. */
export function prepareTables(database: Database): Tables {
  return {
    rollouts: rolloutRows(database),
    events: eventRows(database),
    releases: releaseRows(database),
    ticks: tickRows(database),
    revisions: revisionRows(database),
    tokens: tokenRows(database),
  };
}
