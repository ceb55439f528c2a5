import type { ClientResponse } from '../http1/client-side.ts';

/** How many requests of a worker may wait at once. Each is a connection and its head; bodies are not read meanwhile. */
const MOST_WAITING = 1_000;

/** A request that waits for its Rollout to be open again. */
export interface Visitor {
  readonly rollout: string;
  readonly res: ClientResponse;
  /** The Rollout is open. */
  readonly goIn: () => void;
  /** It has waited long enough. */
  readonly goHome: () => void;
}

/** Where requests wait while their Rollouts are in maintenance. A client that goes away waits no longer. */
export class WaitingRoom {
  readonly #waiting = new Map<Visitor, Wait>();
  /** Nobody waits longer than until then. */
  #closesMs = Infinity;

  /** False when there is no room. */
  take(visitor: Visitor, longestMs: number): boolean {
    if (this.#waiting.size >= MOST_WAITING) return false;
    const ms = Math.max(0, Math.min(longestMs, this.#closesMs - performance.now()));
    const onClose = (): void => {
      this.#forget(visitor);
    };
    visitor.res.on('close', onClose);
    this.#waiting.set(visitor, {
      timer: this.#sendHomeIn(visitor, ms),
      endsMs: performance.now() + ms,
      onClose,
    });
    return true;
  }

  /** Lets those in whose Rollouts are open, in the order in which they came. */
  open(isOpen: (rollout: string) => boolean): void {
    for (const visitor of [...this.#waiting.keys()]) {
      if (!isOpen(visitor.rollout)) continue;
      this.#forget(visitor);
      visitor.goIn();
    }
  }

  /** Nobody waits longer than this from now on. */
  hurry(ms: number): void {
    const endsMs = performance.now() + ms;
    this.#closesMs = Math.min(this.#closesMs, endsMs);
    for (const [visitor, wait] of this.#waiting) {
      if (wait.endsMs <= endsMs) continue;
      clearTimeout(wait.timer);
      this.#waiting.set(visitor, { ...wait, timer: this.#sendHomeIn(visitor, ms), endsMs });
    }
  }

  #sendHomeIn(visitor: Visitor, ms: number): NodeJS.Timeout {
    return setTimeout(() => {
      this.#forget(visitor);
      visitor.goHome();
    }, ms);
  }

  #forget(visitor: Visitor): void {
    const wait = this.#waiting.get(visitor);
    if (wait === undefined) return;
    clearTimeout(wait.timer);
    visitor.res.off('close', wait.onClose);
    this.#waiting.delete(visitor);
  }
}

interface Wait {
  readonly timer: NodeJS.Timeout;
  readonly endsMs: number;
  readonly onClose: () => void;
}
