import { BUCKETS_PER_DOUBLING, type LogHistogram, type TrackCounters } from '../../analysis/measurement.ts';
import {
  CODE_CLASSES,
  DROP_REASONS,
  type CounterDelta,
  type LegacyCounters,
  type PathCounters,
  type ServedCounters,
  type SideCounters,
  type PemCertificate,
} from '../protocol.ts';
import { lifetimeOf } from '../../system/certificate-lifetime.ts';
import { certificateFamilies, type ShownCertificate } from '../../telemetry/certificate-families.ts';
import { textOf } from '../../telemetry/metrics.ts';

/** Bounds at powers of two of a millisecond, where the log buckets end too: 1 ms to 33 s, exact. */
const BOUND_EXPONENTS = Array.from({ length: 16 }, (_, i) => i);

/** What `/metrics` shows beside the counters. */
export interface GatewayFacts {
  readonly configVersion: number;
  readonly workers: number;
  readonly restarts: number;
  readonly paths?: readonly PathCounters[];
  /** What is shown to clients. */
  readonly certificates?: readonly PemCertificate[];
}

/** Who is shown in the lines of tracks: an old system is one more, without a revision. */
export type ShownCounters = Omit<ServedCounters, 'track' | 'revision' | 'current' | 'met'> &
  Pick<CounterDelta, 'track' | 'revision'>;

/** An old system as the lines of tracks show it. */
export function asTrack(legacy: LegacyCounters): ShownCounters {
  return { ...legacy, track: 'legacy', revision: '' };
}

/** The counters in Prometheus' text format 0.0.4. */
export function exposition(tracks: readonly ShownCounters[], facts: GatewayFacts): string {
  const { certificates = [] } = facts;
  const lines = [
    ...family('requests_total', 'counter', 'Requests ended, by status class; 499: the client went away.'),
    ...tracks.flatMap(requestLines),
    ...family(
      'errors_total',
      'counter',
      'Answers of 5xx and requests the workload left without a whole answer.',
    ),
    ...tracks.map((track) => line('errors_total', labels(track), track.errors)),
    ...attemptLines(tracks),
    ...family(
      'request_duration_seconds',
      'histogram',
      'From the request head to the last byte of the workload.',
    ),
    ...tracks.flatMap(durationLines),
    ...unitLines(tracks),
    ...copyLines(tracks),
    ...pathLines(facts.paths ?? []),
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
  ];
  return lines.join('\n') + textOf(certificateFamilies('gateway', certificates.map(shown)));
}

function shown({ files, cert }: PemCertificate): ShownCertificate {
  return { labels: { certificate: files.certificate }, ...lifetimeOf(cert) };
}

/** What became of requests that found nobody, or were sent again. */
function attemptLines(tracks: readonly ShownCounters[]): string[] {
  return [
    ...family('connect_failures_total', 'counter', 'Attempts that found nobody listening at an endpoint.'),
    ...tracks.map((track) => line('connect_failures_total', labels(track), track.connectFailures)),
    ...family('retries_total', 'counter', 'Failed requests that were sent again.'),
    ...tracks.flatMap((track) => optional('retries_total', labels(track), track.retries)),
    ...family('ejections_total', 'counter', 'Processes left out for a while after failures in a row.'),
    ...tracks.flatMap((track) => optional('ejections_total', labels(track), track.ejections)),
    ...family(
      'too_busy_total',
      'counter',
      'Attempts that found every process with as many requests as it may have (maxRequests).',
    ),
    ...tracks.flatMap((track) => optional('too_busy_total', labels(track), track.tooBusy)),
  ];
}

/** What is counted beside requests, where it is counted. */
function unitLines(tracks: readonly ShownCounters[]): string[] {
  return [
    ...family(
      'assigned_total',
      'counter',
      'Draws by weight, of new users or else of requests, by the track whose process got them.',
    ),
    ...tracks.flatMap((track) => optional('assigned_total', labels(track), track.assigned)),
    ...family('users_seen_total', 'counter', 'Users, each once in 10 s.'),
    ...tracks.flatMap((track) => optional('users_seen_total', labels(track), track.users?.seen)),
    ...family('users_failed_total', 'counter', 'Users with a failed request, each once in 10 s.'),
    ...tracks.flatMap((track) => optional('users_failed_total', labels(track), track.users?.failed)),
    ...family('half_requests_total', 'counter', 'Requests of a random half of the processes.'),
    ...tracks.flatMap((track) => halfLines('half_requests_total', track, ({ requests }) => requests)),
    ...family('half_errors_total', 'counter', 'Failed requests of a random half of the processes.'),
    ...tracks.flatMap((track) => halfLines('half_errors_total', track, ({ errors }) => errors)),
  ];
}

/** What is counted of copies, beside what is counted of all requests. */
function copyLines(tracks: readonly ShownCounters[]): string[] {
  return [
    ...family('copies_dropped_total', 'counter', 'Requests drawn to be copied that were not.'),
    ...tracks.flatMap(dropLines),
    ...family('answers_compared_total', 'counter', 'Answers to copies, and to repeated requests, compared.'),
    ...tracks.flatMap((track) => comparedLines(track, 'trials', 'answers_compared_total')),
    ...family('answers_differed_total', 'counter', 'Those among them that differed, noise left out.'),
    ...tracks.flatMap((track) => comparedLines(track, 'events', 'answers_differed_total')),
  ];
}

function comparedLines(track: ShownCounters, what: 'trials' | 'events', name: string): string[] {
  const compared = track.copies?.compared;
  if (compared === undefined) return [];
  return [
    line(name, `${labels(track)},of="copies"`, compared.copies[what]),
    line(name, `${labels(track)},of="repeats"`, compared.repeats[what]),
  ];
}

function dropLines(track: ShownCounters): string[] {
  const { copies } = track;
  if (copies === undefined) return [];
  return DROP_REASONS.map((reason) =>
    line('copies_dropped_total', `${labels(track)},reason="${reason}"`, copies.dropped[reason]),
  );
}

/** How far an old system is taken over, path by path. */
function pathLines(paths: readonly PathCounters[]): string[] {
  const ofSides = (name: string, valueOf: (side: SideCounters) => number): string[] =>
    paths.flatMap((one) =>
      (['new', 'legacy'] as const).map((side) =>
        line(name, `${pathLabels(one)},system="${side}"`, valueOf(one[side])),
      ),
    );
  return [
    ...family('path_requests_total', 'counter', 'Requests by path, and by which system has answered them.'),
    ...ofSides('path_requests_total', ({ requests }) => requests),
    ...family('path_errors_total', 'counter', 'Those among them that failed.'),
    ...ofSides('path_errors_total', ({ errors }) => errors),
    ...family(
      'path_fallbacks_total',
      'counter',
      'Requests that the old system got because the new one failed.',
    ),
    ...paths.map((one) => line('path_fallbacks_total', pathLabels(one), one.fallbacks)),
  ];
}

function pathLabels({ rollout, path }: PathCounters): string {
  return `rollout="${escaped(rollout)}",path="${escaped(path)}"`;
}

/** Classes not seen yet start at 0, so that rates see their first request. */
function requestLines(track: ShownCounters): string[] {
  return CODE_CLASSES.map((name, i) =>
    line('requests_total', `${labels(track)},code_class="${name}"`, track.codes[i] ?? 0),
  );
}

function durationLines(track: ShownCounters): string[] {
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

function optional(name: string, labelText: string, value: number | undefined): string[] {
  return value === undefined ? [] : [line(name, labelText, value)];
}

function halfLines(name: string, track: ShownCounters, valueOf: (half: TrackCounters) => number): string[] {
  if (track.halves === undefined) return [];
  const { a, b } = track.halves;
  return [
    line(name, `${labels(track)},half="a"`, valueOf(a)),
    line(name, `${labels(track)},half="b"`, valueOf(b)),
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

function labels({ rollout, track, revision }: ShownCounters): string {
  return `rollout="${escaped(rollout)}",track="${escaped(track)}",revision="${escaped(revision)}"`;
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
