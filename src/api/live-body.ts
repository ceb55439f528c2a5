import type { ProblemView } from './resources.ts';
import { problemView } from './problem.ts';

/** A stream of items as the body of an answer that stays open. */
export interface Live<T> {
  /** Begins; ends when the signal aborts. */
  open(signal: AbortSignal): AsyncIterable<T>;
  /** Asked again and again, `heartbeatMs` apart; rejects once the reader may not read on, which ends the stream. */
  admit(): Promise<unknown>;
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
  const bytes = new TextEncoder();
  const feed = new Feed(live);
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        controller.enqueue(bytes.encode(live.heartbeat));
      },
      async pull(controller) {
        try {
          const text = await feed.next();
          if (text === undefined) controller.close();
          else controller.enqueue(bytes.encode(text));
        } catch (thrown) {
          if (!feed.isEnded) live.onError(thrown);
          feed.end();
          controller.enqueue(bytes.encode(live.encodeProblem(problemView(thrown))));
          controller.close();
        }
      },
      cancel() {
        feed.end();
      },
    },
    { highWaterMark: 1 },
  );
}

/** What is sent, piece by piece. */
class Feed<T> {
  readonly #live: Live<T>;
  readonly #closing = new AbortController();
  #items: AsyncIterator<T> | undefined;
  #pending: Promise<IteratorResult<T>> | undefined;
  #admittedMs = performance.now();

  constructor(live: Live<T>) {
    this.#live = live;
  }

  get isEnded(): boolean {
    return this.#closing.signal.aborted;
  }

  /** The next item, or a heartbeat when there is none for a while; undefined at the end. */
  async next(): Promise<string | undefined> {
    const { heartbeatMs, heartbeat } = this.#live;
    if (performance.now() - this.#admittedMs >= heartbeatMs) {
      await this.#live.admit();
      this.#admittedMs = performance.now();
    }
    this.#items ??= this.#live.open(this.#closing.signal)[Symbol.asyncIterator]();
    this.#pending ??= this.#items.next();
    const result = await within(this.#pending, heartbeatMs);
    if (result === undefined) return heartbeat;
    this.#pending = undefined;
    return result.done === true ? undefined : this.#live.encode(result.value);
  }

  end(): void {
    this.#closing.abort();
    // The pending item is of no use any more, whatever becomes of it.
    this.#pending?.catch(() => undefined);
    // One that waits to be asked for more would hold what it opened for ever.
    this.#items?.return?.().catch(() => undefined);
  }
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
