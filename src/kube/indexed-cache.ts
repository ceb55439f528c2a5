/** Says under which words a value is to be found. */
export type Indexes<V> = Readonly<Record<string, (value: V) => readonly string[]>>;

interface Entry<V> {
  readonly resourceVersion: string;
  readonly value: V;
}

interface Placed<V> extends Entry<V> {
  /** Where indexes have it, as `index/word`. */
  readonly places: readonly string[];
}

/** Values by their keys, and by what indexes say of them. */
export class IndexedCache<V> {
  readonly #indexes: Indexes<V>;
  readonly #entries = new Map<string, Placed<V>>();
  /** Keys of values, by `index/word`. */
  readonly #found = new Map<string, Set<string>>();

  constructor(indexes: Indexes<V>) {
    this.#indexes = indexes;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): V | undefined {
    return this.#entries.get(key)?.value;
  }

  keys(): IterableIterator<string> {
    return this.#entries.keys();
  }

  *values(): Generator<V> {
    for (const { value } of this.#entries.values()) yield value;
  }

  /** Which version of a value is there. */
  versionOf(key: string): string | undefined {
    return this.#entries.get(key)?.resourceVersion;
  }

  /** What an index has under a word. */
  under(index: string, word: string): readonly V[] {
    if (this.#indexes[index] === undefined) throw new TypeError(`there is no index ${index}`);
    return [...(this.#found.get(`${index}/${word}`) ?? [])].flatMap((key) => this.get(key) ?? []);
  }

  set(key: string, entry: Entry<V>): void {
    this.delete(key);
    const places = this.#placesOf(entry.value);
    this.#entries.set(key, { ...entry, places });
    for (const place of places) {
      const keys = this.#found.get(place) ?? new Set();
      this.#found.set(place, keys.add(key));
    }
  }

  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    for (const place of entry.places) {
      const keys = this.#found.get(place);
      keys?.delete(key);
      if (keys?.size === 0) this.#found.delete(place);
    }
  }

  #placesOf(value: V): readonly string[] {
    return Object.entries(this.#indexes).flatMap(([index, wordsOf]) =>
      wordsOf(value).map((word) => `${index}/${word}`),
    );
  }
}
