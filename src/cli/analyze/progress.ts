import { setImmediate } from 'node:timers/promises';
import type { Io } from '../io.ts';

/** Signals and the terminal get their turn this often. */
const TURN_MS = 50;
/** Work that is done sooner needs no progress shown. */
const QUIET_MS = 1_000;

const ERASE = '\r\u001B[K';

/** Long work that leaves room for Ctrl-C, and shows a person how far it is. */
export class Progress {
  readonly #io: Io;
  readonly #what: string;
  readonly #startedAt = performance.now();
  #lastTurn = performance.now();
  #isShown = false;

  /** `what` is done, as in `ticks`. */
  constructor(io: Io, what: string) {
    this.#io = io;
    this.#what = what;
  }

  /** To be awaited after each piece of work. Throws when the command was interrupted. */
  async done(count: number, all: number): Promise<void> {
    const now = performance.now();
    if (now - this.#lastTurn < TURN_MS) return;
    this.#show(now, `${count} of ${all} ${this.#what}`);
    await setImmediate();
    this.#lastTurn = performance.now();
    if (this.#io.interrupted.aborted) throw new Error('interrupted');
  }

  /** Takes away what was shown. */
  end(): void {
    if (this.#isShown) this.#io.stderr.write(ERASE);
    this.#isShown = false;
  }

  #show(now: number, text: string): void {
    const { stderr, env } = this.#io;
    if (stderr.isTTY !== true || env['TERM'] === 'dumb' || now - this.#startedAt < QUIET_MS) return;
    stderr.write(`${ERASE}${text}`);
    this.#isShown = true;
  }
}
