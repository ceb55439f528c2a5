import type { AuditView } from '../../api/resources.ts';
import { dateTime } from '../../base/date-time.ts';
import { authorWord } from '../../report/words.ts';
import { table } from './table.ts';

const COLUMNS = ['AT', 'BY', 'FROM', 'OPERATION', 'ABOUT', 'OUTCOME', 'REQUEST', 'ASKED'];

/** What was asked for, one request a line. */
export function auditTable(entries: readonly AuditView[]): string[] {
  if (entries.length === 0) return ['nothing was asked for yet that changes anything'];
  const rows = entries.map((entry) => [
    dateTime(entry.at),
    entry.by === undefined ? 'nobody known' : authorWord(entry.by),
    entry.from ?? 'socket',
    entry.operation,
    entry.about ?? '-',
    entry.outcome ?? 'under way',
    entry.request,
    entry.asked === undefined ? '' : JSON.stringify(entry.asked),
  ]);
  return table(
    COLUMNS.map((title) => ({ title })),
    rows,
  );
}
