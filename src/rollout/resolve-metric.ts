import type { HistogramQuery, Metric } from './model.ts';
import { field, readDuration, SHORT, tell, type Place } from './place.ts';
import type { WrittenCheck } from './resolve-analysis.ts';

/** The metric of a check; undefined when it has none, of which the structure tells. */
export function resolveMetric(written: WrittenCheck, place: Place): Metric | undefined {
  const { errors, latency, size, ratio, rate, value, usage } = written;
  if (errors !== undefined) {
    return errors.per === 'user' ? { kind: 'errors', per: 'user' } : { kind: 'errors' };
  }
  if (latency !== undefined) return resolveLatency(latency, field(place, 'latency'));
  if (size !== undefined) {
    const { quantile, source, query } = size;
    return { kind: 'size', from: { source, query }, ...(quantile === undefined ? {} : { quantile }) };
  }
  if (ratio !== undefined) return { kind: 'ratio', ...ratio };
  if (rate !== undefined) return { kind: 'rate', ...rate };
  if (value !== undefined) return { kind: 'value', ...value };
  return usage === undefined ? undefined : { kind: 'usage', of: usage };
}

function resolveLatency(written: NonNullable<WrittenCheck['latency']>, place: Place): Metric {
  const { quantile, within } = written;
  const from = histogramQuery(written, place);
  return {
    kind: 'latency',
    ...(quantile === undefined ? {} : { quantile }),
    ...(within === undefined ? {} : { withinMs: readDuration(field(place, 'within'), within, SHORT) }),
    ...(from === undefined ? {} : { from }),
  };
}

function histogramQuery(
  { source, query }: NonNullable<WrittenCheck['latency']>,
  place: Place,
): HistogramQuery | undefined {
  if (source !== undefined && query !== undefined) return { source, query };
  if (query !== undefined) tell(field(place, 'query'), 'asks no source', 'add source: <name>');
  if (source !== undefined) tell(field(place, 'source'), 'is asked nothing', 'add the query of a histogram');
  return undefined;
}
