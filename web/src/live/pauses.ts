/** How tries to reach a lost server follow each other. */
export const TRIES = { firstMs: 500, longestMs: 15_000 };

/** Waits for `ms`, for the end of `signal`, or until the machine is on the network again. */
export async function pauseUntilOnline(ms: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      removeEventListener('online', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
    addEventListener('online', end);
    if (signal.aborted) end();
  });
}
