import { setTimeout as timer } from 'node:timers/promises';

/** Waits; true when the time has passed, false when the signal ended the wait early. */
export async function waitFor(ms: number, signal: AbortSignal): Promise<boolean> {
  return timer(ms, true, { signal }).catch(() => false);
}

/** Calls back when the signal is aborted, at once when it already is. */
export function onAbort(signal: AbortSignal, callback: () => void): void {
  if (signal.aborted) callback();
  else signal.addEventListener('abort', callback, { once: true });
}

/** Waits for the work or the signal, whichever comes first; the work's failure is thrown. */
export async function orAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  await Promise.race([
    work,
    new Promise<void>((resolve) => {
      onAbort(signal, resolve);
    }),
  ]);
}
