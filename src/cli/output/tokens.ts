import { dateTime } from '../../base/date-time.ts';
import type { TokenView } from '../../api/resources.ts';
import { authorWord } from '../../report/words.ts';
import { table } from './table.ts';

/** Tokens, one a line. */
export function tokenTable(tokens: readonly TokenView[], now: number): string[] {
  if (tokens.length === 0) return ['no tokens yet: make one with "coalmine token create"'];
  const columns = ['TOKEN', 'ROLE', 'ROLLOUTS', 'GROUPS', 'STATE', 'CREATED', 'BY'];
  return table(
    columns.map((title) => ({ title })),
    tokens.map((token) => [
      token.name,
      token.role,
      token.rollouts?.join(', ') ?? 'all',
      token.groups.length === 0 ? '-' : token.groups.join(', '),
      stateOf(token, now),
      dateTime(token.createdAt),
      authorWord(token.createdBy),
    ]),
  );
}

function stateOf({ revoked, expiresAt }: TokenView, now: number): string {
  if (revoked !== undefined) return `revoked ${dateTime(revoked.at)} by ${authorWord(revoked.by)}`;
  if (expiresAt === undefined) return 'good';
  return `${expiresAt <= now ? 'expired' : 'good until'} ${dateTime(expiresAt)}`;
}
