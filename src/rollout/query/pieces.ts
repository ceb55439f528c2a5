/** A stretch of a query: a string with its quotes, a comment, or anything else. */
export interface Piece {
  readonly kind: 'code' | 'string' | 'comment';
  readonly text: string;
}

const PIECE = /"(?:[^"\\]|\\[^])*(?:"|$)|'(?:[^'\\]|\\[^])*(?:'|$)|`[^`]*(?:`|$)|#[^\n]*|[^"'`#]+|[^]/g;

/** A query as its pieces, in order; together they are the query again. */
export function piecesOf(query: string): readonly Piece[] {
  return [...query.matchAll(PIECE)].map(([text]) => ({ kind: kindOf(text), text }));
}

function kindOf(text: string): Piece['kind'] {
  if (/^["'`]/.test(text)) return 'string';
  return text.startsWith('#') ? 'comment' : 'code';
}
