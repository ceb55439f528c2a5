/** The part of a chart that is seen, in the unit of its points, and how many pixels wide it is drawn. */
export interface Sight {
  readonly from: number;
  readonly to: number;
  readonly pixels: number;
}

/** What is drawn: where, and the value of each line there; null where it has none. */
export type Drawn = readonly [readonly number[], ...(readonly (number | null)[])[]];

/**
 * So many points of the lines as can be seen: of those that fall on one pixel, the least and the greatest of each line,
 * in the order in which they came. `at` ascends; NaN is no value. The neighbours of what is seen are kept, so that
 * lines go on to the edge, and so is each gap. The chart never lies about an extreme: at most three points a pixel.
 */
export function thinned(at: Float64Array, lines: readonly Float64Array[], sight: Sight): Drawn {
  const first = Math.max(0, firstFrom(at, sight.from) - 1);
  const end = Math.min(at.length, firstFrom(at, sight.to) + 1);
  const drawn = new Drawing(at, lines);
  if (end - first <= 2 * sight.pixels) {
    for (let row = first; row < end; row += 1) drawn.add({ first: row, last: row });
    return drawn.done();
  }
  const pixelOf = (row: number): number =>
    Math.floor((((at[row] ?? NaN) - sight.from) / (sight.to - sight.from)) * sight.pixels);
  let start = first;
  for (let row = first + 1; row <= end; row += 1) {
    if (row < end && pixelOf(row) === pixelOf(start)) continue;
    drawn.add({ first: start, last: row - 1 });
    start = row;
  }
  return drawn.done();
}

/** The first place in an ascending list whose value is at least `value`; the length when there is none. */
export function firstFrom(ascending: Float64Array, value: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] ?? NaN) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Rows that fall on one pixel. */
interface Rows {
  readonly first: number;
  readonly last: number;
}

class Drawing {
  readonly #at: Float64Array;
  readonly #lines: readonly Float64Array[];
  readonly #places: number[] = [];
  readonly #values: (number | null)[][];

  constructor(at: Float64Array, lines: readonly Float64Array[]) {
    this.#at = at;
    this.#lines = lines;
    this.#values = lines.map(() => []);
  }

  add({ first, last }: Rows): void {
    const pairs = this.#lines.map((line) => extremesOf(line, { first, last }));
    this.#put(
      first,
      pairs.map(([earlier]) => earlier),
    );
    if (last === first) return;
    this.#put(
      last,
      pairs.map(([, later]) => later),
    );
    if (this.#lines.every((line) => Number.isNaN(line[last])))
      this.#put(
        last,
        pairs.map(() => null),
      );
  }

  done(): Drawn {
    return [this.#places, ...this.#values];
  }

  #put(row: number, values: readonly (number | null)[]): void {
    this.#places.push(this.#at[row] ?? NaN);
    values.forEach((value, index) => this.#values[index]?.push(value));
  }
}

/** The least and the greatest value in these rows, whichever came first. */
function extremesOf(line: Float64Array, { first, last }: Rows): readonly [number | null, number | null] {
  let [least, greatest] = [NaN, NaN];
  let isRising = true;
  for (let row = first; row <= last; row += 1) {
    const value = line[row] ?? NaN;
    if (!(value >= least)) {
      if (Number.isNaN(value)) continue;
      least = value;
      isRising = false;
    }
    if (!(value <= greatest)) {
      greatest = value;
      isRising = true;
    }
  }
  if (Number.isNaN(least)) return [null, null];
  return isRising ? [least, greatest] : [greatest, least];
}
