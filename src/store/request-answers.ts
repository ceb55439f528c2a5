import type { Answer } from './answers.ts';
import type { Queries } from './queries.ts';
import type { Tables } from './tables.ts';

/** The part of the store that keeps what requests came to. */
export type RequestQueries = Pick<
  Queries,
  'beginAnswer' | 'endAnswer' | 'forgetAnswer' | 'audit' | 'addAudit' | 'endAudit'
>;

const DAY_MS = 86_400_000;
/** For how long it is kept who asked for what, and how much of it: a few tens of megabytes. */
const AUDIT = { forMs: 90 * DAY_MS, atMost: 100_000 };

/** Blocking statements: nothing comes in between those of one answer. */
export function requestAnswers(
  { answers, audit }: Pick<Tables, 'answers' | 'audit'>,
  answer: Answer,
): RequestQueries {
  return {
    beginAnswer: (request, bounds) =>
      answer(() => {
        answers.sweep(bounds);
        const before = answers.get(request);
        if (before === undefined) answers.insert(request);
        return before;
      }),
    audit: (query) => answer(() => audit.list(query)),
    addAudit: (entry, at) =>
      answer(() => {
        const id = audit.insert(at, entry);
        audit.sweep(at - AUDIT.forMs, AUDIT.atMost);
        return id;
      }),
    endAudit: (id, outcome) =>
      answer(() => {
        audit.end(id, outcome);
      }),
    endAnswer: (key, told) =>
      answer(() => {
        answers.end(key, told);
      }),
    forgetAnswer: (key) =>
      answer(() => {
        answers.delete(key);
      }),
  };
}
