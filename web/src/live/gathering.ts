import type { StreamMessage } from '../../../src/client/index.ts';
import { keyIn } from './named.ts';

/** Messages are shown together, this often: many Rollouts change at once. */
const GATHERED_MS = 100;

/** Hands messages on in lots, in their order. */
export class Gathering {
  readonly #use: (messages: readonly StreamMessage[]) => void;
  #waiting: StreamMessage[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #noted = new Set<string>();

  constructor(use: (messages: readonly StreamMessage[]) => void) {
    this.#use = use;
  }

  /** Takes one in. */
  add(message: StreamMessage): void {
    this.#waiting.push(message);
    this.#noted.add(keyIn(message));
    this.#timer ??= setTimeout(() => {
      this.flush();
    }, GATHERED_MS);
  }

  /** Hands on what is there. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const messages = this.#waiting;
    this.#waiting = [];
    this.#use(messages);
  }

  /** A set that the keys of Rollouts come into that are heard of from now on, until the next one is asked for. */
  note(): ReadonlySet<string> {
    this.#noted = new Set();
    return this.#noted;
  }
}
