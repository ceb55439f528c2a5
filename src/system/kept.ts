import { messageOf } from '../base/failure.ts';
import { waitFor } from './waiting.ts';

const LOOK_EVERY_MS = 5_000;

/** Where something comes from that changes from time to time. */
export interface Source<T> {
  /** Another text when it may be something else. */
  version(): Promise<string>;
  /** Throws Failure for what is of no use. */
  read(): Promise<T>;
}

/** How something is kept up to date. */
export interface Keeping<T> {
  readonly signal: AbortSignal;
  /** Told once of each that is of no use; the one before counts on. */
  readonly tell: (problem: string) => void;
  /** Told of each that counts from now on. */
  readonly onChange?: (value: T) => void;
  readonly lookEveryMs?: number;
}

/** What a source has had last that was of use. */
export class Kept<T> {
  readonly #source: Source<T>;
  readonly #before: string;
  #seen: string;
  #value: T;
  #problem: string | undefined;

  private constructor(source: Source<T>, before: string, { seen, value }: { seen: string; value: T }) {
    this.#source = source;
    this.#before = before;
    this.#seen = seen;
    this.#value = value;
  }

  /** Reads it first; `before` says what becomes of it when what comes later is of no use. Throws Failure for what is none. */
  static async of<T>(source: Source<T>, before: string): Promise<Kept<T>> {
    // Before reading: what changes meanwhile is read again.
    const seen = await source.version();
    return new Kept(source, before, { seen, value: await source.read() });
  }

  get value(): T {
    return this.#value;
  }

  /** What is wrong with what there is now. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Reads it again whenever it changes, until the signal. */
  async keep({ signal, tell, onChange, lookEveryMs = LOOK_EVERY_MS }: Keeping<T>): Promise<void> {
    while (await waitFor(lookEveryMs, signal)) {
      try {
        const version = await this.#source.version();
        if (version === this.#seen) continue;
        this.#seen = version;
        this.#value = await this.#source.read();
        onChange?.(this.#value);
        this.#problem = undefined;
      } catch (cause) {
        this.#problem = `${messageOf(cause)}; ${this.#before}`;
        tell(this.#problem);
      }
    }
  }
}
