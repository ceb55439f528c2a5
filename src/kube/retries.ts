import { hasCode } from '../base/errno.ts';
import { jittered } from '../base/jitter.ts';
import { ApiError } from './api-error.ts';

/** Attempts in all, the first included. */
const MOST_ATTEMPTS = 6;
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 10_000;

/** An attempt that has failed. */
export interface FailedAttempt {
  readonly error: unknown;
  /** 1 for the first. */
  readonly attempt: number;
  /** True: done twice it is as if done once. */
  readonly repeatable: boolean;
}

/** How long to wait before the next attempt; undefined when there is to be none. */
export function waitBeforeRetry({ error, attempt, repeatable }: FailedAttempt): number | undefined {
  if (!(error instanceof ApiError) || attempt >= MOST_ATTEMPTS) return undefined;
  if (!isWorthwhile(error, repeatable)) return undefined;
  const own = jittered(Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempt - 1)), Math.random());
  // At its word, and a little later, so that not everybody comes back at the same moment.
  return error.retryAfterMs === undefined ? own : error.retryAfterMs + jittered(FIRST_WAIT_MS, Math.random());
}

function isWorthwhile(error: ApiError, repeatable: boolean): boolean {
  const { reason, retryAfterMs } = error;
  // Refused before anything was done.
  if (reason === 'tooMany') return true;
  // With its word that it may be asked again, nothing has been done.
  if (reason === 'unavailable') return retryAfterMs !== undefined || repeatable;
  if (reason === 'internal' || reason === 'timedOut') return retryAfterMs !== undefined && repeatable;
  return reason === 'unreachable' && (repeatable || wasNeverSent(error));
}

/** True when no connection was made, so that nothing can have been done. */
function wasNeverSent(error: ApiError): boolean {
  return hasCode(error.cause, 'ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT');
}
