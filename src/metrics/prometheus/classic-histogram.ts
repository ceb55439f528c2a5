import type { Labels, NumberSample, SampledSeries, SourceHistogram, SourceSample } from './answer.ts';
import { ascending, indexOf } from './histogram.ts';
import { seriesKey } from './labels.ts';
import { readNumber } from './numbers.ts';

/** The label that holds a classic bucket's upper bound. */
const BOUND = 'le';

/** One classic histogram: its other labels, and cumulative counts by bound at each moment. */
interface Group {
  readonly labels: Labels;
  readonly moments: Map<number, Map<number, number>>;
}

/** True when the series are the buckets of classic histograms: each has a bound, and is a number. */
export function areClassicBuckets(series: readonly SampledSeries[]): boolean {
  return series.length > 0 && series.every((one) => boundOf(one.labels) !== undefined);
}

/**
 * The buckets of classic histograms, put together: one histogram for each set of other labels and each moment it
 * was scraped. A bucket's values count at its upper bound, so that a shift smaller than `growth` cannot be told.
 */
export function classicHistograms(series: readonly SampledSeries[]): readonly SampledSeries[] {
  const groups = new Map<string, Group>();
  for (const one of series) {
    const bound = boundOf(one.labels);
    if (bound !== undefined) collect(groupOf(groups, one.labels), bound, one.samples);
  }
  return [...groups.values()].map(({ labels, moments }) => ({
    labels,
    samples: [...moments]
      .sort(([a], [b]) => a - b)
      .map(([atMs, cumulative]) => ({ atMs, histogram: histogramOf(cumulative) })),
  }));
}

function boundOf(labels: Labels): number | undefined {
  const bound = readNumber(labels[BOUND]);
  return bound === undefined || Number.isNaN(bound) ? undefined : bound;
}

function groupOf(groups: Map<string, Group>, { [BOUND]: _, ...labels }: Labels): Group {
  const key = seriesKey(labels);
  const group = groups.get(key) ?? { labels, moments: new Map<number, Map<number, number>>() };
  groups.set(key, group);
  return group;
}

function collect(group: Group, bound: number, samples: readonly SourceSample[]): void {
  for (const sample of samples.filter(isCount)) {
    const cumulative = group.moments.get(sample.atMs) ?? new Map<number, number>();
    cumulative.set(bound, sample.value);
    group.moments.set(sample.atMs, cumulative);
  }
}

function isCount(sample: SourceSample): sample is NumberSample {
  return 'value' in sample && sample.value >= 0;
}

function histogramOf(cumulative: ReadonlyMap<number, number>): SourceHistogram {
  const ordered = [...cumulative].sort(([a], [b]) => a - b);
  const counts = new Map<number, number>();
  let [zero, below, growth, previous] = [0, 0, 1, 0];
  for (const [bound, upTo] of ordered) {
    // Counts taken while the process went on may run backwards a little.
    const count = Math.max(0, upTo - below);
    below += count;
    if (bound <= 0) {
      zero += count;
      continue;
    }
    if (count > 0) {
      const index = indexOf(Number.isFinite(bound) ? bound : beyond(ordered));
      counts.set(index, (counts.get(index) ?? 0) + count);
      if (previous > 0 && Number.isFinite(bound)) growth = Math.max(growth, bound / previous);
    }
    previous = bound;
  }
  return { count: below, zero, zeroBound: 0, negative: 0, buckets: ascending(counts), width: 1, growth };
}

/** Where to count what is beyond every bound: at twice the last one. */
function beyond(ordered: readonly (readonly [bound: number, upTo: number])[]): number {
  const last = ordered.findLast(([bound]) => Number.isFinite(bound) && bound > 0);
  return last === undefined ? 1 : last[0] * 2;
}
