import { Failure } from '../base/failure.ts';

/** How fast one caller may ask: `perSecond` for ever, and `burst` at once. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/** What one caller may ask over TCP: far more than people and pipelines do, and less than would be felt. */
export const CALLER_RATE: Rate = { perSecond: 100, burst: 1_000 };

/** Callers that are remembered; of more, those who have asked least lately are forgotten. */
const MOST_CALLERS = 10_000;

/** Counts what each caller asks: one request once, however often it is looked at whose it is. */
export class RequestLimit {
  readonly #limit: RateLimit;
  readonly #counted = new WeakSet<object>();

  constructor(limit: RateLimit) {
    this.#limit = limit;
  }

  /** Throws Failure `tooMany` when its caller asks too much. */
  take(request: object, caller: string): void {
    if (this.#counted.has(request)) return;
    this.#counted.add(request);
    this.#limit.take(caller);
  }
}

/** A bucket for each caller, from which every request takes a token and into which tokens come back with time. */
export class RateLimit {
  readonly #rate: Rate;
  readonly #now: () => number;
  /** Those who asked last come last. */
  readonly #buckets = new Map<string, { readonly tokens: number; readonly at: number }>();

  /** `now` in milliseconds, of a clock that never goes back. */
  constructor(rate: Rate, now: () => number) {
    this.#rate = rate;
    this.#now = now;
  }

  /** One request of a caller. Throws Failure `tooMany` when his bucket is empty. */
  take(caller: string): void {
    if (this.hasRoom(caller)) return;
    throw new Failure('tooMany', `more than ${this.#rate.perSecond} requests a second come from ${caller}`, {
      hint: 'wait a second; the header Retry-After says for how long',
    });
  }

  /** One request of a caller: false when his bucket is empty. */
  hasRoom(caller: string): boolean {
    const { perSecond, burst } = this.#rate;
    const now = this.#now();
    const before = this.#buckets.get(caller) ?? { tokens: burst, at: now };
    const tokens = Math.min(burst, before.tokens + ((now - before.at) / 1_000) * perSecond);
    this.#buckets.delete(caller);
    this.#buckets.set(caller, { tokens: tokens < 1 ? tokens : tokens - 1, at: now });
    this.#forget();
    return tokens >= 1;
  }

  #forget(): void {
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > MOST_CALLERS && oldest !== undefined) this.#buckets.delete(oldest);
  }
}
