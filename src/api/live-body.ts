import type { ProblemView } from './resources.ts';
import { problemView } from './problem.ts';

/** A stream of items as the body of an answer that stays open. */
export interface Live<T> {
  /** Begins; ends when the signal aborts. */
  open(signal: AbortSignal): AsyncIterable<T>;
  /** Asked again and again, `heartbeatMs` apart; rejects once the reader may not read on, which ends the stream. */
  admit(): Promise<unknown>;
  encode(item: T): Uint8Array;
  /**
   * The last thing sent when `open` failed on the way: the status line is long gone. Absent: the reader is cut off, lest
   * what he has looks whole to him.
   */
  encodeProblem?(problem: ProblemView): string;
  /**
   * Sent first, and whenever nothing else was sent for `heartbeatMs`, so that both ends notice a dead peer; empty where
   * nothing may stand between the items.
   */
  readonly heartbeat: string;
  readonly heartbeatMs: number;
  /**
   * Cuts the connection of a reader, whatever waits in it: of one that has taken nothing for four heartbeats, or that is
   * not to have an end for the whole.
   */
  abandon(): void;
  /** Told of what was thrown. */
  onError(thrown: unknown): void;
}

/** Beats that a reader may let pass without taking anything. */
const BEATS_MISSED = 4;

/**
 * The body. It takes an item only when the reader has room for it, so what waits for a slow reader waits in
 * `open`, which bounds it.
 */
export function liveBody<T>(live: Live<T>): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder();
  const feed = new Feed(live);
  const stall = new Stall(live.heartbeatMs * BEATS_MISSED, () => {
    feed.end();
    live.abandon();
  });
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        controller.enqueue(bytes.encode(live.heartbeat));
        stall.begin();
      },
      async pull(controller) {
        stall.end();
        try {
          const next = await feed.next();
          if (next === undefined) {
            controller.close();
            return;
          }
          controller.enqueue(next);
          stall.begin();
        } catch (thrown) {
          if (!feed.isEnded) live.onError(thrown);
          feed.end();
          endBadly(live, controller, thrown);
        }
      },
      cancel() {
        stall.end();
        feed.end();
      },
    },
    { highWaterMark: 1 },
  );
}

/** Tells the reader what is wrong, or cuts him off: of an error of the body the server would tell him in words of its own. */
function endBadly<T>(
  live: Live<T>,
  controller: ReadableStreamDefaultController<Uint8Array>,
  thrown: unknown,
): void {
  if (live.encodeProblem === undefined) {
    live.abandon();
    return;
  }
  controller.enqueue(new TextEncoder().encode(live.encodeProblem(problemView(thrown))));
  controller.close();
}

/** Watches how long what was sent waits for its reader. */
class Stall {
  readonly #ms: number;
  readonly #onOver: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(ms: number, onOver: () => void) {
    this.#ms = ms;
    this.#onOver = onOver;
  }

  begin(): void {
    this.#timer = setTimeout(this.#onOver, this.#ms);
  }

  end(): void {
    clearTimeout(this.#timer);
  }
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
  async next(): Promise<Uint8Array | undefined> {
    const { heartbeatMs, heartbeat } = this.#live;
    if (performance.now() - this.#admittedMs >= heartbeatMs) {
      await this.#live.admit();
      this.#admittedMs = performance.now();
    }
    this.#items ??= this.#live.open(this.#closing.signal)[Symbol.asyncIterator]();
    this.#pending ??= this.#items.next();
    const result = await within(this.#pending, heartbeatMs);
    if (result === undefined) return new TextEncoder().encode(heartbeat);
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
