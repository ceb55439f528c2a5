/** Something that is done at a moment of virtual time. */
export interface Appointment {
  readonly atMs: number;
  readonly run: () => Promise<void> | void;
}

interface Entry extends Appointment {
  /** Those of one moment are kept in the order in which they were made. */
  readonly turn: number;
}

/** What is to be done, the earliest first: a heap in an array. */
export class Schedule {
  readonly #entries: Entry[] = [];
  #turns = 0;

  add(appointment: Appointment): void {
    const entry = { ...appointment, turn: this.#turns++ };
    const entries = this.#entries;
    let place = entries.push(entry) - 1;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = entries[above];
      if (parent === undefined || !isBefore(entry, parent)) break;
      entries[place] = parent;
      place = above;
    }
    entries[place] = entry;
  }

  /** Takes the earliest away; undefined when nothing is left. */
  next(): Appointment | undefined {
    const entries = this.#entries;
    const [first] = entries;
    const last = entries.pop();
    if (first !== undefined && last !== undefined && entries.length > 0) this.#sink(last);
    return first;
  }

  #sink(entry: Entry): void {
    const entries = this.#entries;
    let place = 0;
    for (;;) {
      const [below, child] = this.#earlierChild(place);
      if (child === undefined || !isBefore(child, entry)) break;
      entries[place] = child;
      place = below;
    }
    entries[place] = entry;
  }

  #earlierChild(place: number): readonly [number, Entry | undefined] {
    const left = 2 * place + 1;
    const [one, other] = [this.#entries[left], this.#entries[left + 1]];
    const isRight = one !== undefined && other !== undefined && isBefore(other, one);
    return isRight ? [left + 1, other] : [left, one];
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.turn < b.turn);
}
