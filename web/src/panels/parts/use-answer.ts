import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Failure } from '../../../../src/client/browser.ts';
import { failureFrom } from '../../live/ask.ts';

/** What came of a question to the server; `answer` stays while it is asked again. */
export interface Asked<T> {
  readonly answer?: T;
  readonly failure?: Failure;
}

/** Asks whenever `key` changes; undefined: not at all. */
export function useAnswer<T>(key: string | undefined, ask: (signal: AbortSignal) => Promise<T>): Asked<T> {
  const asked = useSignal<Asked<T>>({});
  useEffect(() => {
    if (key === undefined) return;
    const leaving = new AbortController();
    ask(leaving.signal).then(
      (answer) => {
        if (!leaving.signal.aborted) asked.value = { answer };
      },
      (thrown: unknown) => {
        if (!leaving.signal.aborted) asked.value = { failure: failureFrom(thrown) };
      },
    );
    return () => {
      leaving.abort();
    };
  }, [key]);
  return asked.value;
}
