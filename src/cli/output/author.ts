import type { Author } from '../../engine/author.ts';

/** Who asked for something, and how that is known; a dash where nobody did. */
export function authorWord(author: Author | undefined): string {
  if (author === undefined) return '-';
  return author.kind === 'token' ? `${author.name} (token)` : `${author.name} (claimed)`;
}
