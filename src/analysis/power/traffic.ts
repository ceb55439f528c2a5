import { BUCKETS_PER_DOUBLING, bucketOf, type LogHistogram, type TrackCounters } from '../measurement.ts';
import { normalCdf } from '../distributions/normal.ts';

/** What a service is sent and how it answers, as far as it decides what an analysis can see. */
export interface Traffic {
  /** Of all tracks together. */
  readonly requestsPerSecond: number;
  /** Share of requests that fail. */
  readonly errorRatio: number;
  /** Any number of values: only their proportions count. Empty: not known. */
  readonly latency: LogHistogram;
}

/** The traffic that these counters were counted of, in `ms` milliseconds; undefined when there was none. */
export function trafficOf({ requests, errors, latency }: TrackCounters, ms: number): Traffic | undefined {
  if (requests <= 0 || ms <= 0) return undefined;
  return { requestsPerSecond: (requests * 1_000) / ms, errorRatio: errors / requests, latency };
}

const NORMAL_P99 = 2.3263478740408408;
const VALUES = 100_000;

/** Log-normal latencies with this median and 99th percentile, in milliseconds. */
export function logNormalLatency(medianMs: number, p99Ms: number): LogHistogram {
  const spread = Math.max(Math.log(p99Ms / medianMs), 1e-3) / NORMAL_P99;
  const bucketWidth = Math.LN2 / BUCKETS_PER_DOUBLING;
  const reach = Math.ceil((4 * spread) / bucketWidth);
  const middle = bucketOf(medianMs);
  const upTo = (index: number): number => normalCdf((index * bucketWidth - Math.log(medianMs)) / spread);
  return Array.from({ length: 2 * reach + 1 }, (_, i) => middle - reach + i).map(
    (index) => [index, VALUES * (upTo(index) - upTo(index - 1))] as const,
  );
}
