/**
 * Things that come one after the other, joined to at most `most` stretches of equal length, however many there turn out
 * to be: when there is room for no other, every two become one. `most` is even.
 */
export class Stretched<Thing> {
  readonly #most: number;
  readonly #join: (earlier: Thing, later: Thing) => Thing;
  #stretches: Thing[] = [];
  /** Things of a stretch, and of the last one so far. */
  #length = 1;
  #inLast = 0;

  constructor(most: number, join: (earlier: Thing, later: Thing) => Thing) {
    this.#most = most;
    this.#join = join;
  }

  add(thing: Thing): void {
    const last = this.#stretches.at(-1);
    if (last !== undefined && this.#inLast < this.#length) {
      this.#stretches[this.#stretches.length - 1] = this.#join(last, thing);
      this.#inLast += 1;
      return;
    }
    if (this.#stretches.length >= this.#most) this.#halve();
    this.#stretches.push(thing);
    this.#inLast = 1;
  }

  /** In their order. */
  all(): readonly Thing[] {
    return [...this.#stretches];
  }

  #halve(): void {
    const before = this.#stretches;
    this.#stretches = [];
    for (let index = 0; index < before.length; index += 2) {
      const [one, other] = before.slice(index, index + 2);
      if (one !== undefined) this.#stretches.push(other === undefined ? one : this.#join(one, other));
    }
    this.#length *= 2;
  }
}
