import { Backoff, ENDPOINTS, Failure, failureOf, sentEventsOf } from '../../../src/client/browser.ts';
import type { ProblemView, StreamMessage } from '../../../src/client/index.ts';
import { failureFrom, open } from './ask.ts';
import { bytesOf } from './bytes.ts';
import { TRIES } from './pauses.ts';

/** Who is told what comes, and whether anything can. */
export interface Follower {
  /**
   * The stream stands: from here on nothing is missed. Called again after every loss; a connection that it rejects on is
   * lost too.
   */
  readonly onOpen: () => Promise<void>;
  readonly onMessage: (message: StreamMessage) => void;
  /** It is gone, or could not be opened; it is looked for again. */
  readonly onLost: (failure: Failure) => void;
  /** The namespaces of a cluster that are listened to; none: all. */
  readonly namespaces?: readonly string[];
  /** The id of the newest event that is known; undefined: none. */
  readonly newestEvent: () => number | undefined;
  /** Waits that long, or less where something says that it is worth another try. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
}

/**
 * Listens to all Rollouts until the signal aborts, or until nobody is logged in any more. A stream that is lost is opened
 * again where it broke off.
 */
export async function follow(follower: Follower, signal: AbortSignal): Promise<void> {
  const backoff = new Backoff(TRIES);
  for (;;) {
    const failure = await streamed(follower, signal, () => {
      backoff.reset();
    });
    if (signal.aborted) return;
    follower.onLost(failure);
    if (failure.code === 'unauthenticated') return;
    await follower.pause(backoff.next(), signal);
  }
}

/** One connection, from its beginning to its end; answers why it ended. */
async function streamed(follower: Follower, signal: AbortSignal, onHeard: () => void): Promise<Failure> {
  const closing = new AbortController();
  let trouble: unknown;
  try {
    const body = await opened(follower, AbortSignal.any([signal, closing.signal]));
    follower.onOpen().catch((thrown: unknown) => {
      trouble = thrown;
      closing.abort();
    });
    for await (const { event, data } of sentEventsOf(bytesOf(body))) {
      onHeard();
      if (event === 'problem') return failureOf(JSON.parse(data) as ProblemView);
      follower.onMessage(JSON.parse(data) as StreamMessage);
    }
    return new Failure('unreachable', 'coalmine has ended');
  } catch (thrown) {
    return failureFrom(trouble ?? thrown);
  } finally {
    closing.abort();
  }
}

async function opened(follower: Follower, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
  const after = follower.newestEvent();
  const resumed = after === undefined ? {} : { 'last-event-id': String(after) };
  const { body } = await open(ENDPOINTS.stream, {
    namespaces: follower.namespaces ?? [],
    headers: { accept: 'text/event-stream', ...resumed },
    signal,
  });
  if (body === null) throw new Failure('unreachable', 'coalmine sends nothing');
  return body;
}
