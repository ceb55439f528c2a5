import type { SourceSeries } from './answer.ts';
import type { AskAll } from './gather.ts';
import { seriesKey } from './labels.ts';
import { selectorOf } from './selector.ts';
import type { VectorAnswer } from './vectors.ts';

/**
 * Asks as `askVectors` does, and beside each selector for the times of its samples: by itself the server dates a value
 * with the moment of the question, and a value that was scraped long ago looks like a new one.
 */
export function withScrapeTimes(askVectors: AskAll<string, VectorAnswer>): AskAll<string, VectorAnswer> {
  return (queries, signal) => {
    const timed = new Set(queries.filter((query) => selectorOf(query) !== undefined));
    const answerFor = askVectors([...queries, ...[...timed].map(timesOf)], signal);
    return async (query) => {
      if (!timed.has(query)) return answerFor(query);
      const [values, times] = await Promise.all([answerFor(query), answerFor(timesOf(query))]);
      return dated(values, times);
    };
  };
}

function timesOf(selector: string): string {
  return `timestamp((\n${selector}\n))`;
}

function dated(values: VectorAnswer, times: VectorAnswer): VectorAnswer {
  if (values.kind !== 'series' || times.kind !== 'series') return values;
  const scrapedMs = new Map(times.series.map((series) => [keyOf(series), timeIn(series)]));
  const series = values.series.map((one) => ({ ...one, atMs: scrapedMs.get(keyOf(one)) ?? one.atMs }));
  return { ...values, series };
}

/** The function takes the name away. */
function keyOf({ labels: { __name__: _, ...labels } }: SourceSeries): string {
  return seriesKey(labels);
}

function timeIn(series: SourceSeries): number {
  return 'value' in series ? Math.round(series.value * 1_000) : series.atMs;
}
