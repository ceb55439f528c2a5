import {
  BUCKETS_PER_DOUBLING,
  type Exposure,
  type LogHistogram,
  type TrackCounters,
} from '../../analysis/measurement.ts';
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
import { textOf, type Family, type Labels, type Sample } from '../../telemetry/metrics.ts';

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
  const { paths = [], certificates = [] } = facts;
  const own = [
    ...requestFamilies(tracks),
    ...attemptFamilies(tracks),
    durationFamily(tracks),
    ...unitFamilies(tracks),
    ...copyFamilies(tracks),
    ...pathFamilies(paths),
    ...stateFamilies(tracks, facts),
  ].map((family) => ({ ...family, name: `coalmine_gateway_${family.name}` }));
  return textOf([...own, ...certificateFamilies('gateway', certificates.map(shown))]);
}

function shown({ files, cert }: PemCertificate): ShownCertificate {
  return { labels: { certificate: files.certificate }, ...lifetimeOf(cert) };
}

function requestFamilies(tracks: readonly ShownCounters[]): readonly Family[] {
  return [
    {
      name: 'requests_total',
      type: 'counter',
      help: 'Requests ended, by status class; 499: the client went away.',
      // Classes not seen yet start at 0, so that rates see their first request.
      samples: tracks.flatMap((track) =>
        CODE_CLASSES.map((name, i) => ({
          labels: { ...labelsOf(track), code_class: name },
          value: track.codes[i] ?? 0,
        })),
      ),
    },
    {
      name: 'errors_total',
      type: 'counter',
      help: 'Answers of 5xx and requests the workload left without a whole answer.',
      samples: ofEach(tracks, ({ errors }) => errors),
    },
  ];
}

/** What became of requests that found nobody, or were sent again. */
function attemptFamilies(tracks: readonly ShownCounters[]): readonly Family[] {
  return [
    {
      name: 'connect_failures_total',
      type: 'counter',
      help: 'Attempts that found nobody listening at an endpoint.',
      samples: ofEach(tracks, ({ connectFailures }) => connectFailures),
    },
    {
      name: 'retries_total',
      type: 'counter',
      help: 'Failed requests that were sent again.',
      samples: ofEach(tracks, ({ retries }) => retries),
    },
    {
      name: 'ejections_total',
      type: 'counter',
      help: 'Processes left out for a while after failures in a row.',
      samples: ofEach(tracks, ({ ejections }) => ejections),
    },
    {
      name: 'too_busy_total',
      type: 'counter',
      help: 'Attempts that found every process with as many requests as it may have (maxRequests).',
      samples: ofEach(tracks, ({ tooBusy }) => tooBusy),
    },
  ];
}

function durationFamily(tracks: readonly ShownCounters[]): Family {
  return {
    name: 'request_duration_seconds',
    type: 'histogram',
    help: 'From the request head to the last byte of the workload.',
    samples: tracks.flatMap(durationSamples),
  };
}

function durationSamples(track: ShownCounters): readonly Sample[] {
  const labels = labelsOf(track);
  const bucket = (le: string, value: number): Sample => ({
    labels: { ...labels, le },
    value,
    suffix: '_bucket',
  });
  return [
    ...BOUND_EXPONENTS.map((exponent) =>
      bucket(String(2 ** exponent / 1_000), countUpTo(track.latency, exponent)),
    ),
    bucket('+Inf', track.requests),
    { labels, value: track.latencySumMs / 1_000, suffix: '_sum' },
    { labels, value: track.requests, suffix: '_count' },
  ];
}

function countUpTo(latency: LogHistogram, exponent: number): number {
  return latency.reduce(
    (sum, [bucket, count]) => (bucket <= exponent * BUCKETS_PER_DOUBLING ? sum + count : sum),
    0,
  );
}

/** What is counted beside requests, where it is counted. */
function unitFamilies(tracks: readonly ShownCounters[]): readonly Family[] {
  return [
    {
      name: 'assigned_total',
      type: 'counter',
      help: 'Draws by weight, of new users or else of requests, by the track whose process got them.',
      samples: ofEach(tracks, ({ assigned }) => assigned),
    },
    {
      name: 'users_seen_total',
      type: 'counter',
      help: 'Users, each once in 10 s.',
      samples: ofEach(tracks, ({ users }) => users?.seen),
    },
    {
      name: 'users_failed_total',
      type: 'counter',
      help: 'Users with a failed request, each once in 10 s.',
      samples: ofEach(tracks, ({ users }) => users?.failed),
    },
    {
      name: 'half_requests_total',
      type: 'counter',
      help: 'Requests of a random half of the processes.',
      samples: ofHalves(tracks, ({ requests }) => requests),
    },
    {
      name: 'half_errors_total',
      type: 'counter',
      help: 'Failed requests of a random half of the processes.',
      samples: ofHalves(tracks, ({ errors }) => errors),
    },
  ];
}

function ofHalves(
  tracks: readonly ShownCounters[],
  valueOf: (half: TrackCounters) => number,
): readonly Sample[] {
  return tracks.flatMap((track) => {
    const { halves } = track;
    if (halves === undefined) return [];
    return (['a', 'b'] as const).map((half) => ({
      labels: { ...labelsOf(track), half },
      value: valueOf(halves[half]),
    }));
  });
}

/** What is counted of copies, beside what is counted of all requests. */
function copyFamilies(tracks: readonly ShownCounters[]): readonly Family[] {
  return [
    {
      name: 'copies_dropped_total',
      type: 'counter',
      help: 'Requests drawn to be copied that were not.',
      samples: tracks.flatMap(dropSamples),
    },
    {
      name: 'answers_compared_total',
      type: 'counter',
      help: 'Answers to copies, and to repeated requests, compared.',
      samples: ofCompared(tracks, ({ trials }) => trials),
    },
    {
      name: 'answers_differed_total',
      type: 'counter',
      help: 'Those among them that differed, noise left out.',
      samples: ofCompared(tracks, ({ events }) => events),
    },
  ];
}

function dropSamples(track: ShownCounters): readonly Sample[] {
  const { copies } = track;
  if (copies === undefined) return [];
  return DROP_REASONS.map((reason) => ({
    labels: { ...labelsOf(track), reason },
    value: copies.dropped[reason],
  }));
}

function ofCompared(
  tracks: readonly ShownCounters[],
  valueOf: (answers: Exposure) => number,
): readonly Sample[] {
  return tracks.flatMap((track) => {
    const compared = track.copies?.compared;
    if (compared === undefined) return [];
    return (['copies', 'repeats'] as const).map((of) => ({
      labels: { ...labelsOf(track), of },
      value: valueOf(compared[of]),
    }));
  });
}

/** How far an old system is taken over, path by path. */
function pathFamilies(paths: readonly PathCounters[]): readonly Family[] {
  const ofSystems = (valueOf: (side: SideCounters) => number): readonly Sample[] =>
    paths.flatMap((one) =>
      (['new', 'legacy'] as const).map((system) => ({
        labels: { ...pathLabels(one), system },
        value: valueOf(one[system]),
      })),
    );
  return [
    {
      name: 'path_requests_total',
      type: 'counter',
      help: 'Requests by path, and by which system has answered them.',
      samples: ofSystems(({ requests }) => requests),
    },
    {
      name: 'path_errors_total',
      type: 'counter',
      help: 'Those among them that failed.',
      samples: ofSystems(({ errors }) => errors),
    },
    {
      name: 'path_fallbacks_total',
      type: 'counter',
      help: 'Requests that the old system got because the new one failed.',
      samples: paths.map((one) => ({ labels: pathLabels(one), value: one.fallbacks })),
    },
  ];
}

/** What goes on now, and what serves. */
function stateFamilies(tracks: readonly ShownCounters[], facts: GatewayFacts): readonly Family[] {
  const one = (value: number, labels: Labels = {}): readonly Sample[] => [{ labels, value }];
  return [
    {
      name: 'requests_active',
      type: 'gauge',
      help: 'Requests being served now.',
      samples: ofEach(tracks, ({ active }) => active),
    },
    {
      name: 'worker_restarts_total',
      type: 'counter',
      help: 'Workers that had to be started again.',
      samples: one(facts.restarts),
    },
    { name: 'workers', type: 'gauge', help: 'Serving processes.', samples: one(facts.workers) },
    {
      name: 'config_version',
      type: 'gauge',
      help: 'Version of the served config.',
      samples: one(facts.configVersion),
    },
    {
      name: 'build_info',
      type: 'gauge',
      help: 'What runs.',
      samples: one(1, { node: process.versions.node }),
    },
  ];
}

/** A number of each track that has it. */
function ofEach(
  tracks: readonly ShownCounters[],
  valueOf: (track: ShownCounters) => number | undefined,
): readonly Sample[] {
  return tracks.flatMap((track) => {
    const value = valueOf(track);
    return value === undefined ? [] : [{ labels: labelsOf(track), value }];
  });
}

function labelsOf({ rollout, track, revision }: ShownCounters): Labels {
  return { rollout, track, revision };
}

function pathLabels({ rollout, path }: PathCounters): Labels {
  return { rollout, path };
}
