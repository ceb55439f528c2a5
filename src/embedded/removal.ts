import { Failure } from '../base/failure.ts';
import type { StateStore } from '../store/queries.ts';
import { currentOf } from './current.ts';

/** Settles when a Rollout that is being wound down is gone. Throws Failure `unreachable` when the process ends first. */
export async function removal(store: StateStore, name: string, closing: AbortSignal): Promise<void> {
  const over = new AbortController();
  const gone = new Promise<void>((resolve) => {
    const stop = store.onSaved((change) => {
      if (change.kind === 'removed' && change.name === name) resolve();
    });
    over.signal.addEventListener('abort', stop, { once: true });
  });
  const closed = new Promise<void>((resolve) => {
    const end = (): void => {
      resolve();
    };
    if (closing.aborted) end();
    else closing.addEventListener('abort', end, { signal: over.signal });
  });
  try {
    // Listening has begun: what was removed before is no longer there, and what is removed now is heard.
    if ((await currentOf(store, name)) === undefined) return;
    const isGone = await Promise.race([gone.then(() => true), closed.then(() => false)]);
    if (!isGone) throw endedTooSoon(name);
  } finally {
    over.abort();
  }
}

function endedTooSoon(name: string): Failure {
  return new Failure('unreachable', `the control process ended while ${name} was being deleted`, {
    hint: 'the deletion goes on when it is started again',
  });
}
