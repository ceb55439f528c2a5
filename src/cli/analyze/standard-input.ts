import { Failure } from '../../base/failure.ts';
import type { Io } from '../io.ts';

/** What is piped in, piece by piece; ends with an error when the command is interrupted. */
export async function* pipedIn({ stdin, interrupted }: Io): AsyncIterable<Uint8Array | string> {
  if (stdin === undefined) {
    throw new Failure('usage', 'nothing is piped in', {
      hint: 'As in: coalmine analyze --stdin < lines.jsonl',
    });
  }
  const end = (): void => void stdin.destroy?.(new Error('interrupted'));
  interrupted.addEventListener('abort', end, { once: true });
  if (interrupted.aborted) end();
  try {
    yield* stdin;
  } finally {
    interrupted.removeEventListener('abort', end);
  }
}
