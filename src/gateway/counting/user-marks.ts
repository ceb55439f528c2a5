const FIRST_SLOTS = 1_024;
const CONVERTED = 1;

/** What a request has told of its user: 31 bits of a hash, and in the lowest bit whether it was a conversion. */
export type UserMark = number;

/** The mark of a user by the hash of the id; never 0. */
export function markOf(hash: number, isConversion: boolean): UserMark {
  return (hash & ~CONVERTED || ~CONVERTED) | (isConversion ? CONVERTED : 0);
}

/**
 * Users, each once, and which of them have converted. Four bytes for each, twice that while the table is half empty.
 * Of a million users a hundred share their hash with another.
 */
export class UserMarks {
  users = 0;
  converted = 0;
  /** Open addressing; 0 is a free slot. */
  #slots = new Int32Array(FIRST_SLOTS);

  /** Adds what is new in a mark; false when nothing is, or when the user is new and `mayGrow` is not. */
  add(mark: UserMark, mayGrow = true): boolean {
    const slot = this.#find(mark);
    const known = this.#slots[slot] ?? 0;
    if ((known | mark) === known || (known === 0 && !mayGrow)) return false;
    if ((mark & CONVERTED) !== 0) this.converted += 1;
    this.#slots[slot] = known | mark;
    if (known === 0) {
      this.users += 1;
      if (this.users * 2 > this.#slots.length) this.#grow();
    }
    return true;
  }

  /** Everything that is known. */
  all(): UserMark[] {
    return [...this.#slots].filter((mark) => mark !== 0);
  }

  /** The user's slot, or the free one to put it in. */
  #find(mark: UserMark): number {
    const last = this.#slots.length - 1;
    let slot = (mark >>> 1) & last;
    for (;;) {
      const known = this.#slots[slot] ?? 0;
      if (known === 0 || (known & ~CONVERTED) === (mark & ~CONVERTED)) return slot;
      slot = (slot + 1) & last;
    }
  }

  #grow(): void {
    const before = this.#slots;
    this.#slots = new Int32Array(before.length * 2);
    for (const mark of before) if (mark !== 0) this.#slots[this.#find(mark)] = mark;
  }
}
