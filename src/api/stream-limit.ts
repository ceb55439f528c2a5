import { Failure } from '../base/failure.ts';

/** Bounds what one caller has open at once of what stays open: each is a connection, and what it listens to. */
export class StreamLimit {
  readonly #most: number;
  readonly #open = new Map<string, number>();

  /** `most`: the sum of what the streams of one caller weigh. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Throws Failure `tooMany` where one more would be too much. */
  refuseMore(caller: string, weight: number): void {
    if (this.#of(caller) + weight <= this.#most) return;
    throw new Failure('tooMany', `${caller} has as many streams open as one caller may`, {
      hint: 'close some of them',
    });
  }

  /** The items of a stream, which counts from the first that is asked for until it ends. */
  async *counted<T>(items: AsyncIterable<T>, caller: string, weight: number): AsyncGenerator<T> {
    this.refuseMore(caller, weight);
    this.#open.set(caller, this.#of(caller) + weight);
    try {
      yield* items;
    } finally {
      const left = this.#of(caller) - weight;
      if (left > 0) this.#open.set(caller, left);
      else this.#open.delete(caller);
    }
  }

  #of(caller: string): number {
    return this.#open.get(caller) ?? 0;
  }
}
