import type { Answer } from './answers.ts';
import type { Queries } from './queries.ts';
import type { Tables } from './tables.ts';

/** The part of the store that says who may come in. */
export type AccessQueries = Pick<
  Queries,
  | 'tokens'
  | 'addToken'
  | 'revokeToken'
  | 'session'
  | 'addSession'
  | 'touchSession'
  | 'sessions'
  | 'deleteSessions'
>;

/** One statement each, but for what makes room as it adds. */
export function accessAnswers(
  { tokens, sessions }: Pick<Tables, 'tokens' | 'sessions'>,
  answer: Answer,
): AccessQueries {
  return {
    tokens: () => answer(() => tokens.list()),
    addToken: (token) => answer(() => tokens.insert(token)),
    revokeToken: (name, revoked) => answer(() => tokens.revoke(name, revoked)),
    session: (digest) => answer(() => sessions.get(digest)),
    addSession: (session, bounds) =>
      answer(() => {
        sessions.insert(session);
        sessions.sweep(bounds);
      }),
    touchSession: (digest, seenAt) =>
      answer(() => {
        sessions.touch(digest, seenAt);
      }),
    sessions: () => answer(() => sessions.list()),
    deleteSessions: (digests) =>
      answer(() => {
        sessions.delete(digests);
      }),
  };
}
