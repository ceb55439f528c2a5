import { onAbort } from '../system/waiting.ts';
import { Backoff, type BackoffLimits } from './backoff.ts';

/** What a queue does with its keys. */
export interface WorkQueueOptions {
  /** Does what is to be done for a key. Answers after how many milliseconds to do it again; undefined: when told. */
  readonly work: (key: string, signal: AbortSignal) => Promise<number | undefined>;
  /** How many keys at once; a key is never worked on twice at a time. */
  readonly atOnce?: number;
  /** How long to wait after work that has failed; grows for each key with its failures in a row. */
  readonly backoff?: BackoffLimits;
  /** Told of work that has failed; it is done again. */
  readonly onFailure?: (key: string, error: unknown) => void;
}

const BACKOFF: BackoffLimits = { firstMs: 250, longestMs: 60_000 };

interface Later {
  readonly dueAt: number;
  readonly timer: NodeJS.Timeout;
}

/** Keys that something is to be done for. A key that is added many times before its turn comes has one turn. */
export class WorkQueue {
  readonly #options: WorkQueueOptions;
  /** In the order of their turns. */
  readonly #waiting = new Set<string>();
  readonly #running = new Set<string>();
  readonly #later = new Map<string, Later>();
  readonly #backoffs = new Map<string, Backoff>();
  #signal: AbortSignal | undefined;
  #idle: () => void = () => undefined;

  constructor(options: WorkQueueOptions) {
    this.#options = options;
  }

  /** How many keys wait for their turn. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Gives the key a turn as soon as may be; one more after that which is under way. */
  add(key: string): void {
    this.#forgetLater(key);
    this.#waiting.add(key);
    this.#next();
  }

  /** Gives the key a turn after so many milliseconds, unless it has an earlier one. */
  addAfter(key: string, ms: number): void {
    if (this.#waiting.has(key) || this.#signal?.aborted === true) return;
    const dueAt = performance.now() + ms;
    const known = this.#later.get(key);
    if (known !== undefined && known.dueAt <= dueAt) return;
    this.#forgetLater(key);
    // Timers count in 31 bits; a turn too early is no harm.
    const timer = setTimeout(
      () => {
        this.add(key);
      },
      Math.min(ms, 2 ** 31 - 1),
    );
    this.#later.set(key, { dueAt, timer });
  }

  /** Forgets a key that is gone: its waits, and its failures. */
  forget(key: string): void {
    this.#forgetLater(key);
    this.#waiting.delete(key);
    this.#backoffs.delete(key);
  }

  /** Works until the signal is aborted; answers when all work that was under way has ended. */
  async run(signal: AbortSignal): Promise<void> {
    this.#signal = signal;
    const ended = new Promise<void>((resolve) => {
      this.#idle = resolve;
    });
    onAbort(signal, () => {
      for (const key of [...this.#later.keys()]) this.#forgetLater(key);
      if (this.#running.size === 0) this.#idle();
    });
    this.#next();
    await ended;
  }

  #next(): void {
    const signal = this.#signal;
    if (signal === undefined || signal.aborted) return;
    for (const key of this.#waiting) {
      if (this.#running.size >= (this.#options.atOnce ?? 1)) return;
      if (this.#running.has(key)) continue;
      this.#waiting.delete(key);
      this.#running.add(key);
      void this.#turn(key, signal);
    }
  }

  async #turn(key: string, signal: AbortSignal): Promise<void> {
    try {
      const again = await this.#options.work(key, signal);
      this.#backoffs.delete(key);
      if (again !== undefined) this.addAfter(key, again);
    } catch (error) {
      if (!signal.aborted) this.#afterFailure(key, error);
    }
    this.#running.delete(key);
    if (signal.aborted && this.#running.size === 0) this.#idle();
    this.#next();
  }

  #afterFailure(key: string, error: unknown): void {
    const backoff = this.#backoffs.get(key) ?? new Backoff(this.#options.backoff ?? BACKOFF);
    this.#backoffs.set(key, backoff);
    this.addAfter(key, backoff.next());
    this.#options.onFailure?.(key, error);
  }

  #forgetLater(key: string): void {
    clearTimeout(this.#later.get(key)?.timer);
    this.#later.delete(key);
  }
}
