import { quantileOf, type LogHistogram } from '../../analysis/measurement.ts';

/** How long answers took, in milliseconds, each to the upper end of its bucket of 2.2 %. */
export interface LatencySummary {
  readonly requests: number;
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
}

/** How long answers of both sides took. */
export interface BothLatencies {
  readonly candidate: LatencySummary;
  readonly control: LatencySummary;
}

/** One side's answers: all of them, and in a few numbers. */
export interface LatencyOf {
  readonly histogram: LogHistogram;
  readonly summary: LatencySummary;
}

/** Gathers how long one side's answers took. */
export class LatencyTally {
  readonly #counts = new Map<number, number>();
  /** Of what there is by now: a page shows it at several places. */
  #known: LatencyOf | undefined;

  add(histogram: LogHistogram): void {
    this.#known = undefined;
    for (const [index, count] of histogram) this.#counts.set(index, (this.#counts.get(index) ?? 0) + count);
  }

  /** Undefined for a side that has none. */
  latency(): LatencyOf | undefined {
    this.#known ??= this.#computed();
    return this.#known;
  }

  #computed(): LatencyOf | undefined {
    const histogram = [...this.#counts]
      .filter(([, count]) => count > 0)
      .sort(([one], [other]) => one - other);
    const requests = histogram.reduce((sum, [, count]) => sum + count, 0);
    if (requests === 0) return undefined;
    const at = (q: number): number => quantileOf(histogram, q) ?? 0;
    return {
      histogram,
      summary: { requests, p50Ms: at(0.5), p90Ms: at(0.9), p99Ms: at(0.99), p999Ms: at(0.999) },
    };
  }
}
