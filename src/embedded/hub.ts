import { Failure } from '../base/failure.ts';
import type { StreamMessage } from '../api/resources.ts';

/** A listener that falls this far behind in events is cut off; it can resume by the last event's id. */
const MOST_WAITING = 1_000;

/** Passes messages to whoever listens. Snapshots of one Rollout replace each other while they wait. */
export class Hub {
  readonly #listeners = new Set<Listener>();

  /** How many listen. */
  get listeners(): number {
    return this.#listeners.size;
  }

  /** True while anybody listens. */
  get isWatched(): boolean {
    return this.#listeners.size > 0;
  }

  /** Tells everybody who listens. */
  publish(message: StreamMessage): void {
    for (const listener of this.#listeners) {
      listener.offer(message);
      if (listener.isCutOff) this.#listeners.delete(listener);
    }
  }

  /** Messages from this call on, until the signal. */
  listen(signal: AbortSignal): AsyncIterable<StreamMessage> {
    const listener = new Listener();
    this.#listeners.add(listener);
    const leave = (): void => {
      this.#listeners.delete(listener);
      listener.wake();
    };
    if (signal.aborted) leave();
    signal.addEventListener('abort', leave, { once: true });
    return this.#passOn(listener, signal);
  }

  async *#passOn(listener: Listener, signal: AbortSignal): AsyncIterable<StreamMessage> {
    try {
      while (!signal.aborted) {
        if (listener.isCutOff) throw fellBehind();
        const message = listener.take();
        if (message === undefined) await listener.next();
        else yield message;
      }
    } finally {
      this.#listeners.delete(listener);
    }
  }
}

/** As a lost connection is: whoever comes back is sent what he has missed. */
function fellBehind(): Failure {
  return new Failure('unreachable', `this reader has fallen ${MOST_WAITING} events behind, and is let go`, {
    hint: 'come back with Last-Event-ID, and read faster',
  });
}

class Listener {
  #waiting: StreamMessage[] = [];
  #resolve: (() => void) | undefined;
  isCutOff = false;

  offer(message: StreamMessage): void {
    if (message.kind === 'rollout') {
      const { name } = message.rollout;
      const earlier = this.#waiting.findIndex((one) => one.kind === 'rollout' && one.rollout.name === name);
      if (earlier >= 0) this.#waiting.splice(earlier, 1);
    }
    this.#waiting.push(message);
    if (this.#waiting.length > MOST_WAITING) {
      this.isCutOff = true;
      this.#waiting = [];
    }
    this.wake();
  }

  take(): StreamMessage | undefined {
    return this.#waiting.shift();
  }

  next(): Promise<void> {
    if (this.#waiting.length > 0 || this.isCutOff) return Promise.resolve();
    return new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  wake(): void {
    this.#resolve?.();
    this.#resolve = undefined;
  }
}
