import { setTimeout as sleep } from 'node:timers/promises';
import { jittered } from '../../base/jitter.ts';

const MOST_TRIES = 4;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;

/** What a try came to: a result, or a reason to try again and the result if there is no further try. */
export type Try<T> =
  | { readonly kind: 'done'; readonly result: T }
  | { readonly kind: 'again'; readonly result: T; readonly notBeforeMs?: number };

/** Time and chance of the tries. */
export interface RetryContext {
  /** Ends with the caller's patience and at the deadline. */
  readonly signal: AbortSignal;
  /** On the clock of `now`: no pause goes beyond. */
  readonly deadlineMs: number;
  readonly now: () => number;
  readonly random: () => number;
}

/** Tries again after growing, random pauses, as long as there is time for one. */
export async function withRetries<T>(attempt: () => Promise<Try<T>>, context: RetryContext): Promise<T> {
  for (let count = 1; ; count += 1) {
    const outcome = await attempt();
    if (outcome.kind === 'done' || count === MOST_TRIES) return outcome.result;
    const pauseMs = Math.max(outcome.notBeforeMs ?? 0, pauseAfter(count, context.random()));
    if (context.now() + pauseMs >= context.deadlineMs) return outcome.result;
    await sleep(pauseMs, undefined, { signal: context.signal });
  }
}

/** Of a pause that doubles. */
function pauseAfter(count: number, random: number): number {
  const longest = Math.min(FIRST_PAUSE_MS * 2 ** (count - 1), LONGEST_PAUSE_MS);
  return jittered(longest, random);
}
