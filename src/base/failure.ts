/**
 * Every way an operation can be refused or fail that a user may meet: its exit status (stable, for scripts)
 * and its HTTP status. `docs/reference/errors.md` describes each; a test keeps the two equal.
 */
export const FAILURES = {
  bug: { exit: 1, http: 500 },
  usage: { exit: 2, http: 400 },
  invalidSpec: { exit: 2, http: 422 },
  notBuilt: { exit: 2, http: 422 },
  refusedPlan: { exit: 2, http: 422 },
  badArtefact: { exit: 2, http: 422 },
  buildFailed: { exit: 2, http: 422 },
  endedOtherwise: { exit: 3, http: 409 },
  timedOut: { exit: 4, http: 504 },
  unreachable: { exit: 5, http: 503 },
  tooMany: { exit: 5, http: 429 },
  conflict: { exit: 6, http: 409 },
  preconditionFailed: { exit: 6, http: 412 },
  stillRunning: { exit: 6, http: 409 },
  keyReused: { exit: 2, http: 422 },
  rejectedRevision: { exit: 6, http: 409 },
  alreadyRunning: { exit: 6, http: 409 },
  portTaken: { exit: 6, http: 409 },
  notFound: { exit: 7, http: 404 },
  unauthenticated: { exit: 8, http: 401 },
  notPermitted: { exit: 8, http: 403 },
  storeUnusable: { exit: 1, http: 500 },
  diskFull: { exit: 1, http: 507 },
  tooLarge: { exit: 2, http: 413 },
} as const;

/** The name of a failure in the catalogue. */
export type FailureCode = keyof typeof FAILURES;

/** One thing that is wrong with an input, and where. */
export interface Problem {
  /** The file, when the input came from one. */
  readonly file?: string;
  /** 1-based. */
  readonly line?: number;
  /** 1-based. */
  readonly column?: number;
  /** Where in the document, as in `spec.strategy.canary.weights[1]`. */
  readonly path: string;
  /** What is wrong and why. */
  readonly reason: string;
  /** What to write instead. */
  readonly hint?: string;
}

interface FailureDetails {
  readonly hint?: string;
  readonly problems?: readonly Problem[];
  readonly cause?: unknown;
}

/** The one error type that crosses folders: what failed, which one, and what to do about it. */
export class Failure extends Error {
  readonly code: FailureCode;
  /** What the user can do next. */
  readonly hint: string | undefined;
  readonly problems: readonly Problem[];

  constructor(code: FailureCode, message: string, details: FailureDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'Failure';
    this.code = code;
    this.hint = details.hint;
    this.problems = details.problems ?? [];
  }
}

/** The text of whatever was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** Whatever was thrown, as an Error. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(messageOf(thrown));
}

/** The text of whatever was thrown, and what to do about it where that is known. */
export function explanationOf(thrown: unknown): string {
  return withHint(messageOf(thrown), thrown instanceof Failure ? thrown.hint : undefined);
}

/** Where something is wrong, and what; the whole input has no path. */
export function problemText({ path, reason }: Pick<Problem, 'path' | 'reason'>): string {
  return path === '' ? reason : `${path}: ${reason}`;
}

/** What is wrong, and what to do about it where that is known, in one line. */
export function withHint(what: string, hint: string | undefined): string {
  return hint === undefined ? what : `${what} (${hint})`;
}
