import { Failure } from '../../base/failure.ts';
import type { RangeAnswer, SampledSeries, Span } from './answer.ts';
import type { Evaluator } from './evaluation.ts';
import { seriesKey } from './labels.ts';

/** Prometheus gives 11,000 values of a series at most. */
const MOST_STEPS = 10_000;

/**
 * Asks what a query said over a stretch of time, in as many requests as the server needs; one that fails fails all of
 * it. Throws Failure for a stretch that is none.
 */
export async function askRange(
  evaluator: Evaluator,
  query: string,
  { span, signal }: { readonly span: Span; readonly signal: AbortSignal },
): Promise<RangeAnswer> {
  const { startMs, endMs, stepMs } = span;
  if (!(stepMs > 0) || !(endMs >= startMs)) {
    throw new Failure('usage', 'a range needs a step above zero and an end that is not before its start');
  }
  const parts: SampledSeries[] = [];
  const warnings = new Set<string>();
  for (const part of partsOf(span)) {
    const value = await evaluator.over(query, part, signal);
    if (value.kind === 'notEvaluated') return value.failure;
    parts.push(...value.series);
    for (const warning of value.warnings) warnings.add(warning);
  }
  const series = joined(parts);
  if (series.length === 0) return { kind: 'empty', evaluatedMs: endMs };
  return { kind: 'series', series, evaluatedMs: endMs, warnings: [...warnings] };
}

function partsOf({ startMs, endMs, stepMs }: Span): readonly Span[] {
  const parts: Span[] = [];
  const lengthMs = (MOST_STEPS - 1) * stepMs;
  for (let at = startMs; at <= endMs; at += lengthMs + stepMs) {
    parts.push({ startMs: at, endMs: Math.min(at + lengthMs, endMs), stepMs });
  }
  return parts;
}

/** Parts of one series become one. */
function joined(parts: readonly SampledSeries[]): readonly SampledSeries[] {
  const whole = new Map<string, SampledSeries>();
  for (const part of parts) {
    const key = seriesKey(part.labels);
    const before = whole.get(key)?.samples ?? [];
    whole.set(key, { labels: part.labels, samples: [...before, ...part.samples] });
  }
  return [...whole.values()];
}
