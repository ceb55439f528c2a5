import { Failure, FAILURES, type FailureCode } from '../base/failure.ts';
import type { ProblemView } from './resources.ts';

/** The media type of every error answer (RFC 9457). */
export const PROBLEM_TYPE = 'application/problem+json';

/** Told of every error that is not a `Failure`, before the client is told that there was one. */
export type OnBug = (thrown: unknown, request: { readonly method: string; readonly path: string }) => void;

/** What HTTP itself refuses, with a status of its own. */
export interface Refusal {
  readonly code: FailureCode;
  readonly status: number;
  readonly detail: string;
  readonly hint?: string;
}

/** A refusal as it is sent. */
export function refusalView({ code, status, detail, hint }: Refusal): ProblemView {
  return { type: code, title: titleOf(code), status, detail, ...(hint === undefined ? {} : { hint }) };
}

/**
 * Whatever was thrown as it is sent. What is not a `Failure` is a bug of ours: its text may hold anything, so
 * none of it is sent.
 */
export function problemView(thrown: unknown): ProblemView {
  if (!(thrown instanceof Failure)) {
    return refusalView({
      code: 'bug',
      status: FAILURES.bug.http,
      detail: 'coalmine met an error it did not expect',
      hint: 'Its log has the details; please report them.',
    });
  }
  const { code, message, hint, problems } = thrown;
  return {
    ...refusalView({ code, status: FAILURES[code].http, detail: message }),
    ...(hint === undefined ? {} : { hint }),
    ...(problems.length === 0 ? {} : { problems }),
  };
}

/** An error answer as the `Failure` it was made from. */
export function failureOf(view: ProblemView): Failure {
  const code = isCode(view.type) ? view.type : 'bug';
  return new Failure(code, view.detail, {
    ...(view.hint === undefined ? {} : { hint: view.hint }),
    ...(view.problems === undefined ? {} : { problems: view.problems }),
  });
}

function isCode(word: string): word is FailureCode {
  return Object.hasOwn(FAILURES, word);
}

/** `invalidSpec` as `invalid spec`. */
function titleOf(code: FailureCode): string {
  return code.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
