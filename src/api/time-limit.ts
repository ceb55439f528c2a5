import { formatDuration } from '../base/duration.ts';
import { Failure } from '../base/failure.ts';
import type { Endpoint } from './endpoints.ts';

/** What work comes to; throws Failure `timedOut` when it takes longer than its endpoint may. It is not stopped by that. */
export async function inTime<T>(work: Promise<T>, { method, path, timeoutMs }: Endpoint): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(
        new Failure('timedOut', `${method} ${path} took longer than ${formatDuration(timeoutMs)}`, {
          hint: 'It may still be going on: look with "coalmine get".',
        }),
      );
    }, timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
