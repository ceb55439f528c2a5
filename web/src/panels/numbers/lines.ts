import { firstFrom, thinned, type Drawn, type Sight } from './thin.ts';

const FIRST_ROWS = 256;
/** Two days of seconds. */
const MOST_ROWS = 172_800;

/** Lines over one time: a day of seconds is a few megabytes, and no objects. The oldest half goes when there are too many. */
export class Lines {
  readonly #most: number;
  readonly #lines = new Map<string, Float64Array<ArrayBuffer>>();
  #at = new Float64Array(FIRST_ROWS);
  #rows = 0;

  constructor(most: number = MOST_ROWS) {
    this.#most = most;
  }

  /** How many points in time there are. */
  get length(): number {
    return this.#rows;
  }

  /** Each line by its name, in the order in which they appeared. */
  get names(): readonly string[] {
    return [...this.#lines.keys()];
  }

  /** When it begins and ends; undefined without a point. */
  get span(): readonly [first: number, last: number] | undefined {
    const [first, last] = [this.#at[0], this.#at[this.#rows - 1]];
    return this.#rows === 0 || first === undefined || last === undefined ? undefined : [first, last];
  }

  /** Adds a point to each line named; the others have none there. `at` is in seconds and never goes back. */
  push(at: number, values: Readonly<Record<string, number | undefined>>): void {
    if (this.#rows === this.#most) this.#forget();
    if (this.#rows === this.#at.length) this.#grow();
    for (const name of Object.keys(values)) {
      if (!this.#lines.has(name)) this.#lines.set(name, new Float64Array(this.#at.length).fill(NaN));
    }
    this.#at[this.#rows] = at;
    for (const [name, line] of this.#lines) line[this.#rows] = values[name] ?? NaN;
    this.#rows += 1;
  }

  /** What is to be drawn of these lines, by name; one that is not there has no points. */
  drawn(names: readonly string[], sight: Sight): Drawn {
    const none = new Float64Array(this.#rows).fill(NaN);
    const lines = names.map((name) => this.#lines.get(name)?.subarray(0, this.#rows) ?? none);
    return thinned(this.#at.subarray(0, this.#rows), lines, sight);
  }

  /** The newest value of each line that has one there. */
  newest(): ReadonlyMap<string, number> {
    return this.#valuesIn(this.#rows - 1);
  }

  /** What each line was at the first point from this moment on. */
  valuesAt(at: number): ReadonlyMap<string, number> {
    return this.#valuesIn(firstFrom(this.#at.subarray(0, this.#rows), at));
  }

  #valuesIn(row: number): ReadonlyMap<string, number> {
    return new Map(
      [...this.#lines].flatMap(([name, line]) => {
        const value = row < this.#rows ? (line[row] ?? NaN) : NaN;
        return Number.isNaN(value) ? [] : [[name, value] as const];
      }),
    );
  }

  #grow(): void {
    const longer = (list: Float64Array): Float64Array<ArrayBuffer> => {
      const copy = new Float64Array(list.length * 2);
      copy.set(list);
      return copy;
    };
    this.#at = longer(this.#at);
    for (const [name, line] of this.#lines) this.#lines.set(name, longer(line));
  }

  #forget(): void {
    const gone = this.#rows >> 1;
    this.#at.copyWithin(0, gone, this.#rows);
    for (const line of this.#lines.values()) line.copyWithin(0, gone, this.#rows);
    this.#rows -= gone;
  }
}

/** Lines that follow each other in time, as one; each goes up to where the next begins. */
export function drawnTogether(parts: readonly Lines[], names: readonly string[], sight: Sight): Drawn {
  const all = parts.map((part, index) => {
    const end = Math.min(
      ...parts.slice(index + 1).flatMap(({ span }) => (span === undefined ? [] : [span[0]])),
    );
    return drawnUpTo(end, part, { names, sight });
  });
  const together = (index: number): readonly (number | null)[] => all.flatMap((one) => one[index] ?? []);
  return [all.flatMap(([at]) => at), ...names.map((_, index) => together(index + 1))];
}

function drawnUpTo(
  end: number,
  part: Lines,
  { names, sight }: { readonly names: readonly string[]; readonly sight: Sight },
): Drawn {
  if (end > sight.to) return part.drawn(names, sight);
  const to = Math.max(end, sight.from);
  const pixels = Math.ceil((sight.pixels * (to - sight.from)) / (sight.to - sight.from));
  const [at, ...lines] = part.drawn(names, { from: sight.from, to, pixels });
  const count = at.findLastIndex((one) => one < end) + 1;
  return [at.slice(0, count), ...lines.map((line) => line.slice(0, count))];
}
