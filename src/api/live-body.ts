import type { ProblemView } from './resources.ts';
import { problemView } from './problem.ts';

/** A stream of items as the body of an answer that stays open. */
export interface Live<T> {
  /** Begins; ends when the signal aborts. */
  open(signal: AbortSignal): AsyncIterable<T>;
  encode(item: T): string;
  /** The last thing sent when `open` failed on the way: the status line is long gone. */
  encodeProblem(problem: ProblemView): string;
  /** Sent first, and whenever nothing else was sent for `heartbeatMs`, so that both ends notice a dead peer. */
  readonly heartbeat: string;
  readonly heartbeatMs: number;
  /** Told of what was thrown. */
  onError(thrown: unknown): void;
}

/**
 * The body. It takes an item only when the reader has room for it, so what waits for a slow reader waits in
 * `open`, which bounds it.
 */
export function liveBody<T>(live: Live<T>): ReadableStream<Uint8Array> {
  const closing = new AbortController();
  const bytes = new TextEncoder();
  let items: AsyncIterator<T> | undefined;
  let next: Promise<IteratorResult<T>> | undefined;
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        controller.enqueue(bytes.encode(live.heartbeat));
      },
      async pull(controller) {
        try {
          items ??= live.open(closing.signal)[Symbol.asyncIterator]();
          next ??= items.next();
          const result = await within(next, live.heartbeatMs);
          if (result === undefined) {
            controller.enqueue(bytes.encode(live.heartbeat));
            return;
          }
          next = undefined;
          if (result.done === true) controller.close();
          else controller.enqueue(bytes.encode(live.encode(result.value)));
        } catch (thrown) {
          if (!closing.signal.aborted) live.onError(thrown);
          controller.enqueue(bytes.encode(live.encodeProblem(problemView(thrown))));
          controller.close();
        }
      },
      cancel() {
        closing.abort();
        // The pending item is of no use any more, whatever becomes of it.
        next?.catch(() => undefined);
        // One that waits to be asked for more would hold what it opened for ever.
        items?.return?.().catch(() => undefined);
      },
    },
    { highWaterMark: 1 },
  );
}

/** The value, or undefined when it takes longer. */
async function within<V>(value: Promise<V>, ms: number): Promise<V | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => {
      resolve(undefined);
    }, ms);
  });
  try {
    return await Promise.race([value, late]);
  } finally {
    clearTimeout(timer);
  }
}
