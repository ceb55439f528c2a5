import type { Author } from '../../engine/author.ts';

const KNOWN: Readonly<Record<Author['kind'], string>> = {
  token: 'token',
  account: 'cluster',
  user: 'claimed',
};

/** Who asked for something, and how that is known; a dash where nobody did. */
export function authorWord(author: Author | undefined): string {
  if (author === undefined) return '-';
  return `${author.name} (${KNOWN[author.kind]})`;
}
