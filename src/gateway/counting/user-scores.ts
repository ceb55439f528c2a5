/** A user is scored once in each of these, by the clock of this machine. */
export const USER_WINDOW_MS = 10_000;

/** From this many users in a window on only half of all ids are scored, then a quarter, … */
const MOST_USERS = 50_000;
const FEW_USERS = MOST_USERS / 4;
const FIRST_SLOTS = 1_024;
const FAILED = 1;

/** The number of the window that it is now. */
export function currentWindow(): number {
  return Math.floor((performance.timeOrigin + performance.now()) / USER_WINDOW_MS);
}

/**
 * Counts users instead of requests, since the requests of one user are not independent of each other: each is seen
 * once in a window, and has failed once if any request has. A request belongs to the window in which it ended. Each
 * worker scores for itself: a user whose connections are with several workers is scored by each.
 *
 * Users are known by 31 bits of a hash, so that among 50,000 less than one is taken for another. The memory is half a
 * megabyte at most: when a window has too many users, those of one half of the hashes are forgotten and not scored
 * any more until users are few again. Which half does not depend on how requests end, nor on how many a user sends,
 * so the share of failed users stays what it was.
 */
export class UserScores {
  readonly #window: () => number;
  #now = 0;
  /** Open addressing; 0 is a free slot, the lowest bit tells of a failure. */
  #slots = new Int32Array(FIRST_SLOTS);
  #users = 0;
  /** How often the scored hashes were halved. */
  #halvings = 0;
  #seen = 0;
  #failed = 0;

  constructor(window = currentWindow) {
    this.#window = window;
  }

  /** A request of the user with this hash has ended. */
  score(hash: number, isFailed: boolean): void {
    const window = this.#window();
    if (window !== this.#now) this.#begin(window);
    if (!this.#isScored(hash)) return;
    const mark = hash & ~FAILED || ~FAILED;
    const slot = this.#find(mark);
    const known = this.#slots[slot] ?? 0;
    if (known === 0) this.#seen += 1;
    if (isFailed && (known & FAILED) === 0) this.#failed += 1;
    this.#slots[slot] = known | mark | (isFailed ? FAILED : 0);
    if (known === 0) this.#added();
  }

  /** The counts since the last call. */
  take(): { readonly seen: number; readonly failed: number } {
    const taken = { seen: this.#seen, failed: this.#failed };
    this.#seen = this.#failed = 0;
    return taken;
  }

  #begin(window: number): void {
    this.#now = window;
    if (this.#users < FEW_USERS && this.#halvings > 0) this.#halvings -= 1;
    this.#slots.fill(0);
    this.#users = 0;
  }

  /** By the high bits; the place in the table comes from the low ones. */
  #isScored(hash: number): boolean {
    return this.#halvings === 0 || hash >>> (32 - this.#halvings) === 0;
  }

  /** The user's slot, or the free one to put it in. */
  #find(mark: number): number {
    const last = this.#slots.length - 1;
    let slot = (mark >>> 1) & last;
    for (;;) {
      const known = this.#slots[slot] ?? 0;
      if (known === 0 || (known & ~FAILED) === mark) return slot;
      slot = (slot + 1) & last;
    }
  }

  #added(): void {
    this.#users += 1;
    if (this.#users >= MOST_USERS) {
      this.#halvings += 1;
      this.#rebuild(this.#slots.length);
    } else if (this.#users * 2 > this.#slots.length) this.#rebuild(this.#slots.length * 2);
  }

  #rebuild(slots: number): void {
    const before = this.#slots;
    this.#slots = new Int32Array(slots);
    this.#users = 0;
    for (const entry of before) {
      if (entry === 0 || !this.#isScored(entry)) continue;
      this.#slots[this.#find(entry & ~FAILED)] = entry;
      this.#users += 1;
    }
  }
}
