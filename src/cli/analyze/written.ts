import type { Io } from '../io.ts';

/** Writes to standard output, and waits while its reader is slower than we are. Settles at once on Ctrl-C. */
export async function written({ stdout, interrupted }: Io, text: string): Promise<void> {
  if (stdout.write(text) !== false || stdout.once === undefined || interrupted.aborted) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      interrupted.removeEventListener('abort', done);
      resolve();
    };
    interrupted.addEventListener('abort', done, { once: true });
    stdout.once?.('drain', done);
  });
}
