import type { Metric } from '../model.ts';
import { field, readDuration, SHORT, tell, type Place } from '../place.ts';
import type { WrittenCheck } from './analysis.ts';
import type { CountersOfTracks, Uncounted } from '../router-counters.ts';
import type { HistogramQuery, RequestQueries } from '../source-queries.ts';

/** What measures errors and latency that ask nobody by name. */
export interface Measuring {
  /** What a cluster's router counts, or why that does not tell; absent: coalmine's own gateway measures. */
  readonly router?: CountersOfTracks | Uncounted;
  /** The names of the sources. */
  readonly sources: readonly string[];
}

/** The metric of a check; undefined when it has none, of which the structure tells. */
export function resolveMetric(written: WrittenCheck, place: Place, measuring: Measuring): Metric | undefined {
  const { errors, latency, size, ratio, rate, value, usage } = written;
  if (errors !== undefined) return resolveErrors(errors, field(place, 'errors'), measuring);
  if (latency !== undefined) return latencyOf(latency, field(place, 'latency'), measuring);
  if (size !== undefined) {
    const { quantile, source, query } = size;
    return { kind: 'size', from: { source, query }, ...(quantile === undefined ? {} : { quantile }) };
  }
  if (ratio !== undefined) {
    const { per, ...counters } = ratio;
    return { kind: 'ratio', ...counters, ...(per === 'user' ? { per } : {}) };
  }
  if (rate !== undefined) return { kind: 'rate', ...rate };
  if (value !== undefined) return { kind: 'value', ...value };
  return usage === undefined ? undefined : { kind: 'usage', of: usage };
}

function resolveErrors(
  { per, source }: NonNullable<WrittenCheck['errors']>,
  place: Place,
  measuring: Measuring,
): Metric {
  const from = requestQueries(source, place, measuring);
  if (measuring.router === undefined && source !== undefined) {
    tell(field(place, 'source'), 'the gateway counts requests itself', 'remove it, or write a ratio');
  }
  return {
    kind: 'errors',
    ...(per === 'user' ? { per } : {}),
    ...(from === undefined ? {} : { from }),
  };
}

function requestQueries(
  written: string | undefined,
  place: Place,
  measuring: Measuring,
): RequestQueries | undefined {
  const counted = countedBy(written, place, measuring);
  if (counted === undefined) return undefined;
  const { source, candidate, stable } = counted;
  const { bad, all } = candidate;
  const isSame = stable.all === all;
  return { source, bad, all, ...(isSame ? {} : { control: { bad: stable.bad, all: stable.all } }) };
}

/** `latency`, from a query, the counters of a cluster's router, or the gateway. */
export function latencyOf(
  written: NonNullable<WrittenCheck['latency']>,
  place: Place,
  measuring: Measuring,
): Metric {
  const { quantile, within } = written;
  const from = histogramQuery(written, place, measuring);
  return {
    kind: 'latency',
    ...(quantile === undefined ? {} : { quantile }),
    ...(within === undefined ? {} : { withinMs: readDuration(field(place, 'within'), within, SHORT) }),
    ...(from === undefined ? {} : { from }),
  };
}

function histogramQuery(
  { source, query, unit }: NonNullable<WrittenCheck['latency']>,
  place: Place,
  measuring: Measuring,
): HistogramQuery | undefined {
  const inUnit = unit === 'milliseconds' ? { unit } : {};
  if (source !== undefined && query !== undefined) return { source, query, ...inUnit };
  if (query !== undefined) tell(field(place, 'query'), 'asks no source', 'add source: <name>');
  else if (unit !== undefined) tell(field(place, 'unit'), 'is of a query, and there is none', 'remove it');
  if (measuring.router !== undefined) return routerHistogram(source, place, measuring);
  if (source !== undefined) tell(field(place, 'source'), 'is asked nothing', 'add the query of a histogram');
  return undefined;
}

function routerHistogram(
  written: string | undefined,
  place: Place,
  measuring: Measuring,
): HistogramQuery | undefined {
  const counted = countedBy(written, place, measuring);
  if (counted === undefined) return undefined;
  const { source, candidate, stable } = counted;
  return {
    source,
    query: candidate.latency,
    ...(stable.latency === candidate.latency ? {} : { control: stable.latency }),
    ...(candidate.unit === 'milliseconds' ? { unit: candidate.unit } : {}),
  };
}

/** The source that has a router's counters, and what it is asked; undefined where the gateway counts, or told why not. */
function countedBy(
  written: string | undefined,
  place: Place,
  { router, sources }: Measuring,
): ({ readonly source: string } & CountersOfTracks) | undefined {
  if (router === undefined) return undefined;
  if ('reason' in router) {
    tell(place, `cannot be measured: ${router.reason}`, router.hint);
    return undefined;
  }
  const source = written ?? onlyOne(sources, place);
  return source === undefined ? undefined : { source, ...router };
}

function onlyOne(sources: readonly string[], place: Place): string | undefined {
  const [only] = sources;
  if (sources.length === 1) return only;
  if (only === undefined) {
    const hint = 'add sources: [{ name: prom, prometheus: { address: "http://prometheus:9090" } }]';
    tell(place, 'is measured by a source in a cluster, and there is none', hint);
  } else {
    tell(place, 'does not say which source has the counters', `add source: ${sources.join(' or ')}`);
  }
  return undefined;
}
