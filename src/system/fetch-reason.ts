import { messageOf } from '../base/failure.ts';

/** Why `fetch` came to nothing, in words. What it throws says nothing; the cause of that does. */
export function fetchReason(cause: unknown): string {
  return messageOf(cause instanceof Error && cause.cause !== undefined ? cause.cause : cause);
}
