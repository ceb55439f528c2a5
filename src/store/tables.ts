import type { Database } from './driver.ts';
import { eventRows, type EventRows } from './rows/event.ts';
import { answerRows, type AnswerRows } from './rows/answer.ts';
import { auditRows, type AuditRows } from './rows/audit.ts';
import { releaseRows, type ReleaseRows } from './rows/release.ts';
import { revisionRows, type RevisionRows } from './rows/revision.ts';
import { rolloutRows, type RolloutRows } from './rows/rollout.ts';
import { sessionRows, type SessionRows } from './rows/session.ts';
import { tickRows, type TickRows } from './rows/tick.ts';
import { tokenRows, type TokenRows } from './rows/token.ts';

/** Everything that is kept, with all statements prepared. */
export interface Tables {
  readonly rollouts: RolloutRows;
  readonly events: EventRows;
  readonly releases: ReleaseRows;
  readonly ticks: TickRows;
  readonly revisions: RevisionRows;
  readonly tokens: TokenRows;
  readonly sessions: SessionRows;
  readonly answers: AnswerRows;
  readonly audit: AuditRows;
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
    sessions: sessionRows(database),
    answers: answerRows(database),
    audit: auditRows(database),
  };
}
