import { setMaxListeners } from 'node:events';
import { setTimeout as timer } from 'node:timers/promises';

/** Waits; true when the time has passed, false when the signal ended the wait early. */
export async function waitFor(ms: number, signal: AbortSignal): Promise<boolean> {
  return timer(ms, true, { signal }).catch(() => false);
}

/** One for all: most deadlines pass when nobody waits any more, and making it takes longer than all else of them. */
const TOO_LATE = new DOMException('The operation was aborted due to timeout', 'TimeoutError');

/**
 * Aborted after `ms`. To be used instead of `AbortSignal.timeout`: what is made of that by `AbortSignal.any` holds it
 * only weakly, so that garbage collection takes the deadline away and the work may hang for ever (Node 20).
 */
export function deadlineIn(ms: number): AbortSignal {
  const late = new AbortController();
  // The timer holds the controller for as long as it counts.
  setTimeout(() => {
    late.abort(TOO_LATE);
  }, ms).unref();
  return late.signal;
}

/** So many deadlines follow one another in the time that each lasts. */
const SHARED_BY = 50;

/**
 * A deadline of `ms` for whoever calls it, as often as he likes: those who call within a fiftieth of that share one,
 * which comes so much too early at most.
 */
export function sharedDeadline(ms: number): () => AbortSignal {
  let shared: AbortSignal | undefined;
  let madeAt = 0;
  return () => {
    const now = performance.now();
    if (shared === undefined || now - madeAt >= ms / SHARED_BY) {
      shared = deadlineIn(ms);
      setMaxListeners(0, shared);
      madeAt = now;
    }
    return shared;
  };
}

/** Calls back when the signal is aborted, at once when it already is. Answers how to call that off. */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  if (signal.aborted) callback();
  else signal.addEventListener('abort', callback, { once: true });
  return () => {
    signal.removeEventListener('abort', callback);
  };
}

/** Waits for the work or the signal, whichever comes first; the work's failure is thrown. */
export async function orAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  let callOff = (): void => undefined;
  const aborted = new Promise<void>((resolve) => {
    callOff = onAbort(signal, resolve);
  });
  await Promise.race([work, aborted]).finally(() => {
    callOff();
  });
}

/**
 * Does work with a signal that is aborted after `ms` or with the outer one. `AbortSignal.any` would do, but each use
 * of it leaves something on the outer signal for as long as that lives.
 */
export async function within<T>(
  limit: { readonly ms: number; readonly signal: AbortSignal },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<{ readonly result: T; readonly late: boolean }> {
  const controller = new AbortController();
  let late = false;
  const clock = setTimeout(() => {
    late = true;
    controller.abort();
  }, limit.ms);
  const callOff = onAbort(limit.signal, () => {
    controller.abort();
  });
  try {
    const result = await work(controller.signal);
    return { result, late };
  } finally {
    clearTimeout(clock);
    callOff();
  }
}
