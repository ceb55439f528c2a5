import type { OpenSession } from '../../api/resources.ts';
import { dateTime } from '../../base/date-time.ts';
import { authorWord } from '../../report/words.ts';
import { table } from './table.ts';

const COLUMNS = ['SESSION', 'OF', 'ROLE', 'ROLLOUTS', 'BEGAN', 'LAST USED', 'ENDS'];

/** Sessions, one a line. */
export function sessionTable(sessions: readonly OpenSession[]): string[] {
  if (sessions.length === 0) return ['no browser is let in: "coalmine dashboard" makes a link'];
  return table(
    COLUMNS.map((title) => ({ title })),
    sessions.map(({ id, author, role, rollouts, createdAt, seenAt, endsAt }) => [
      id,
      authorWord(author),
      role,
      rollouts?.join(', ') ?? 'all',
      dateTime(createdAt),
      dateTime(seenAt),
      dateTime(endsAt),
    ]),
  );
}
