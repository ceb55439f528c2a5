import type { CountedTick } from '../../engine/decision.ts';
import { joined, lengthOf, LONGEST, partOf } from './series.ts';

/** So many characters of ticks wait as they are; more are packed. */
const PLAIN = 32_000;

/** Ticks of one release that are not written down yet. */
export class PendingTicks {
  /** When the first of them begins, in milliseconds since 1970; undefined: there are none. */
  #since: number | undefined;
  #parts: string[] = [];
  #closed: CountedTick[] = [];
  #length = 0;
  /** Grows until it is as long as those before it that were told as one. */
  #open: { readonly tick: CountedTick; readonly count: number } | undefined;
  /** So many are told as one. */
  every = 1;

  get isEmpty(): boolean {
    return this.#since === undefined;
  }

  add(counted: CountedTick): void {
    this.#since ??= counted.at - counted.tick.ms;
    const open = this.#open;
    const both = open === undefined ? undefined : joined(open.tick, counted);
    if (open !== undefined && both === undefined) this.#close(open.tick);
    this.#open = { tick: both ?? counted, count: both === undefined ? 1 : (open?.count ?? 0) + 1 };
    if (this.#open.count >= this.every) this.#closeOpen();
  }

  /** All of them, and when the first begins; there are none afterwards. */
  take(): Taken | undefined {
    this.#closeOpen();
    if (this.#since === undefined) return undefined;
    this.#pack();
    const taken = { since: this.#since, parts: this.#parts };
    this.#since = undefined;
    this.#parts = [];
    return taken;
  }

  /** Gives those back that could not be written; the oldest go where they are too many, and leave a gap. */
  giveBack({ since, parts }: Taken): void {
    this.#parts = [...parts, ...this.#parts];
    this.#since = since;
    while (this.#parts.length > 1 && lengthOf(this.#parts) > LONGEST) this.#parts.shift();
  }

  #closeOpen(): void {
    if (this.#open !== undefined) this.#close(this.#open.tick);
    this.#open = undefined;
  }

  #close(tick: CountedTick): void {
    this.#closed.push(tick);
    this.#length += JSON.stringify(tick).length;
    if (this.#length > PLAIN) this.#pack();
  }

  #pack(): void {
    if (this.#closed.length > 0) this.#parts.push(partOf(this.#closed));
    this.#closed = [];
    this.#length = 0;
  }
}

/** Ticks that are to be written. */
export interface Taken {
  readonly since: number;
  readonly parts: readonly string[];
}
