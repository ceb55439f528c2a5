import { BUCKETS_PER_DOUBLING, type LogHistogram } from '../analysis/measurement.ts';
import { CODE_CLASSES, type ServedCounters } from './protocol.ts';

/** Bounds at powers of two of a millisecond, where the log buckets end too: 1 ms to 33 s, exact. */
const BOUND_EXPONENTS = Array.from({ length: 16 }, (_, i) => i);

/** What `/metrics` shows beside the counters. */
export interface GatewayFacts {
  readonly configVersion: number;
  readonly workers: number;
  readonly restarts: number;
}

/** The counters in Prometheus' text format 0.0.4. */
export function exposition(tracks: readonly ServedCounters[], facts: GatewayFacts): string {
  return [
    ...family('requests_total', 'counter', 'Requests ended, by status class; 499: the client went away.'),
    ...tracks.flatMap(requestLines),
    ...family(
      'errors_total',
      'counter',
      'Answers of 5xx and requests the workload left without a whole answer.',
    ),
    ...tracks.map((track) => line('errors_total', labels(track), track.errors)),
    ...family('connect_failures_total', 'counter', 'Attempts that found nobody listening at an endpoint.'),
    ...tracks.map((track) => line('connect_failures_total', labels(track), track.connectFailures)),
    ...family(
      'request_duration_seconds',
      'histogram',
      'From the request head to the last byte of the workload.',
    ),
    ...tracks.flatMap(durationLines),
    ...family('requests_active', 'gauge', 'Requests being served now.'),
    ...tracks.map((track) => line('requests_active', labels(track), track.active)),
    ...family('worker_restarts_total', 'counter', 'Workers that had to be started again.'),
    line('worker_restarts_total', '', facts.restarts),
    ...family('workers', 'gauge', 'Serving processes.'),
    line('workers', '', facts.workers),
    ...family('config_version', 'gauge', 'Version of the served config.'),
    line('config_version', '', facts.configVersion),
    ...family('build_info', 'gauge', 'What runs.'),
    line('build_info', `node="${process.versions.node}"`, 1),
    '',
  ].join('\n');
}

/** Classes not seen yet start at 0, so that rates see their first request. */
function requestLines(track: ServedCounters): string[] {
  return CODE_CLASSES.map((name, i) =>
    line('requests_total', `${labels(track)},code_class="${name}"`, track.codes[i] ?? 0),
  );
}

function durationLines(track: ServedCounters): string[] {
  const buckets = BOUND_EXPONENTS.map((exponent) =>
    line(
      'request_duration_seconds_bucket',
      `${labels(track)},le="${2 ** exponent / 1_000}"`,
      countUpTo(track.latency, exponent),
    ),
  );
  return [
    ...buckets,
    line('request_duration_seconds_bucket', `${labels(track)},le="+Inf"`, track.requests),
    line('request_duration_seconds_sum', labels(track), track.latencySumMs / 1_000),
    line('request_duration_seconds_count', labels(track), track.requests),
  ];
}

function countUpTo(latency: LogHistogram, exponent: number): number {
  return latency.reduce(
    (sum, [bucket, count]) => (bucket <= exponent * BUCKETS_PER_DOUBLING ? sum + count : sum),
    0,
  );
}

function family(name: string, type: string, help: string): string[] {
  return [`# HELP coalmine_gateway_${name} ${help}`, `# TYPE coalmine_gateway_${name} ${type}`];
}

function line(name: string, labelText: string, value: number): string {
  return `coalmine_gateway_${name}${labelText === '' ? '' : `{${labelText}}`} ${value}`;
}

function labels({ rollout, track, revision }: ServedCounters): string {
  return `rollout="${escaped(rollout)}",track="${escaped(track)}",revision="${escaped(revision)}"`;
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
