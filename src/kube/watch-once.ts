import type { Dispatcher } from 'undici';
import { ApiError } from './api-error.ts';
import type { Change } from './client.ts';
import type { KubeObject } from './object.ts';
import { manyMayListen, open, refusalOf, textOf, unreachable, type Asked, type Wire } from './sending.ts';
import { changeIn, linesOf } from './watch-stream.ts';

/** Watches are that much shorter than they may be, by chance, so that not all end at once. */
const SPREAD = 0.25;
/** So much longer than the server wants to keep it may a connection be silent. */
const LATE = 1.2;

/** A watch that is about to begin. */
export interface Watching {
  readonly wire: Wire;
  readonly asked: Asked;
  /** How long it may last. Nothing may come for as long: of a kind that never changes there are no bookmarks either. */
  readonly longestMs: number;
}

/** The changes of one connection, until the server ends it. */
export async function* watchOnce<T extends KubeObject>(
  watching: Watching,
  signal: AbortSignal,
): AsyncGenerator<Change<T>> {
  const { asked } = watching;
  const controller = new AbortController();
  const abort = (): void => {
    controller.abort(signal.reason);
  };
  manyMayListen(signal);
  signal.addEventListener('abort', abort, { once: true });
  try {
    signal.throwIfAborted();
    const answer = await begun(watching, controller.signal);
    for await (const line of linesOf(answer.body)) {
      const change = changeIn<T>(line, asked.what);
      if (change instanceof ApiError) throw change;
      if (change !== undefined) yield change;
    }
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof ApiError ? error : unreachable(asked, watching.wire.access, error);
  } finally {
    signal.removeEventListener('abort', abort);
    // Whoever stops reading also hangs up.
    controller.abort();
  }
}

async function begun(watching: Watching, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
  const { wire, asked, longestMs } = watching;
  const { access, connections } = wire;
  const seconds = Math.max(1, Math.round((longestMs / 1_000) * (1 - SPREAD * Math.random())));
  const query = {
    ...asked.query,
    watch: 'true',
    allowWatchBookmarks: 'true',
    timeoutSeconds: String(seconds),
  };
  const identity = await access.credentials.current(signal);
  const dispatcher = connections.watches(identity);
  // The server ends it; a connection on which it does not is dead.
  const silenceMs = LATE * longestMs;
  const opening = { access, asked: { ...asked, query }, identity, dispatcher, silenceMs };
  const answer = await open(opening, signal);
  if (answer.statusCode === 200) return answer;
  if (answer.statusCode === 401) access.credentials.refused(identity);
  throw refusalOf(answer, asked, await textOf(answer.body));
}
