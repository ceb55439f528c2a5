import { jittered } from '../base/jitter.ts';

/** Waits that grow from one failure to the next. */
export interface BackoffLimits {
  readonly firstMs: number;
  readonly longestMs: number;
}

/** Counts failures in a row, and says how long to wait after each. */
export class Backoff {
  readonly #limits: BackoffLimits;
  #failures = 0;

  constructor(limits: BackoffLimits) {
    this.#limits = limits;
  }

  /** How many failures there have been in a row. */
  get failures(): number {
    return this.#failures;
  }

  /** One more failure: how long to wait now. */
  next(): number {
    const { firstMs, longestMs } = this.#limits;
    const ms = Math.min(longestMs, firstMs * 2 ** Math.min(this.#failures, 30));
    this.#failures += 1;
    return jittered(ms, Math.random());
  }

  /** It went well. */
  reset(): void {
    this.#failures = 0;
  }
}
