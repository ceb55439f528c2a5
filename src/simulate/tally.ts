/** Requests, as their users fared. */
export interface Tally {
  requests: number;
  /** Answered with an error, or not at all. */
  failed: number;
  /** Those that failed and would not have, had the first version of the scenario served as it usually does. */
  harmedByErrors: number;
  /** Those that were answered, but at least 1 % later than that. */
  slowed: number;
}

/** Nothing yet. */
export function emptyTally(): Tally {
  return { requests: 0, failed: 0, harmedByErrors: 0, slowed: 0 };
}

/** What was added since an earlier tally. */
export function tallySince(now: Readonly<Tally>, before: Readonly<Tally>): Tally {
  return {
    requests: now.requests - before.requests,
    failed: now.failed - before.failed,
    harmedByErrors: now.harmedByErrors - before.harmedByErrors,
    slowed: now.slowed - before.slowed,
  };
}

/** Adds one to the other. */
export function addTally(sum: Tally, part: Readonly<Tally>): void {
  sum.requests += part.requests;
  sum.failed += part.failed;
  sum.harmedByErrors += part.harmedByErrors;
  sum.slowed += part.slowed;
}

/** Users who fared worse, one way or the other. */
export function harmedOf({ harmedByErrors, slowed }: Readonly<Tally>): number {
  return harmedByErrors + slowed;
}
