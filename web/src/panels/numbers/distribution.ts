import { BUCKETS_PER_DOUBLING, upperBoundOf } from '../../../../src/client/browser.ts';
import type { LogHistogram } from '../../../../src/analysis/measurement.ts';

/** More columns than that cannot be told apart. */
const MOST_COLUMNS = 60;
/** How many buckets may be drawn as one: all of a factor of two at most. */
const WIDTHS = [1, 2, 4, 8, 16, BUCKETS_PER_DOUBLING] as const;

/** A column of a chart: from and to in milliseconds, and the share of all values in it or up to its end, 0 to 1. */
export interface Column {
  readonly from: number;
  readonly to: number;
  readonly share: number;
}

/** Counts of latencies that grow, tick by tick. */
export class Counts {
  readonly #counts = new Map<number, number>();

  /** Adds what a tick has counted. */
  add(histogram: LogHistogram): void {
    for (const [index, count] of histogram) this.#counts.set(index, (this.#counts.get(index) ?? 0) + count);
  }

  /** All of them, as one histogram. */
  histogram(): LogHistogram {
    return [...this.#counts].sort(([one], [other]) => one - other);
  }
}

/** Distributions in the same columns, lowest first, so that they can be laid over each other; empty without values. */
export function columnsOf(histograms: readonly LogHistogram[]): readonly (readonly Column[])[] {
  const seen = histograms.flatMap((one) => one.map(([index]) => index));
  if (seen.length === 0) return histograms.map(() => []);
  const [least, greatest] = [Math.min(...seen), Math.max(...seen)];
  const width = WIDTHS.find((one) => (greatest - least) / one < MOST_COLUMNS - 1) ?? BUCKETS_PER_DOUBLING;
  // Columns end at whole multiples of their width, where buckets end too.
  const placeOf = (index: number): number => Math.ceil(index / width);
  const places = Array.from(
    { length: placeOf(greatest) - placeOf(least) + 1 },
    (_, offset) => placeOf(least) + offset,
  );
  return histograms.map((histogram) => {
    const sums = new Map<number, number>();
    for (const [index, count] of histogram) sums.set(placeOf(index), (sums.get(placeOf(index)) ?? 0) + count);
    const total = histogram.reduce((sum, [, count]) => sum + count, 0);
    return places.map((place) => ({
      from: upperBoundOf((place - 1) * width),
      to: upperBoundOf(place * width),
      share: total === 0 ? 0 : (sums.get(place) ?? 0) / total,
    }));
  });
}

/** The share of values up to the end of each column. */
export function cumulative(columns: readonly Column[]): readonly Column[] {
  let sum = 0;
  return columns.map((column) => {
    sum += column.share;
    return { ...column, share: Math.min(1, sum) };
  });
}

/** Where a latency stands on the logarithmic scale of these columns, 0 to 1. */
export function placeOf(ms: number, columns: readonly Column[]): number {
  const low = columns[0]?.from ?? 1;
  const high = columns.at(-1)?.to ?? 2;
  return Math.min(1, Math.max(0, Math.log(ms / low) / Math.log(high / low)));
}
