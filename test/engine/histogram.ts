import type { TrackCounters } from '../../src/analysis/measurement.ts';

/** A histogram with more in one of its buckets. */
export function add(
  histogram: TrackCounters['latency'],
  index: number,
  count: number,
): TrackCounters['latency'] {
  if (count === 0) return histogram;
  const counts = new Map(histogram);
  counts.set(index, (counts.get(index) ?? 0) + count);
  return [...counts].sort(([a], [b]) => a - b);
}
