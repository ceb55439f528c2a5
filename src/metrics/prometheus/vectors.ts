import type { AskingFailed, NothingFound, SampledSeries, SeriesFound, SourceSeries } from './answer.ts';
import type { Evaluator } from './evaluation.ts';
import type { AskAll } from './gather.ts';
import { chunksOf, shapeAfter, shapeMemory, type Shapes } from './shapes.ts';
import { tagged, untagged } from './tagging.ts';
import { afterwards, inChunks, type Asking } from './together.ts';

/** What an expression says at one moment. */
export type VectorAnswer = SeriesFound<SourceSeries> | NothingFound | AskingFailed;

/** Asks for many expressions with few requests. What a query turned out to give is remembered for the next time. */
export function vectorsAsker(evaluator: Evaluator): AskAll<string, VectorAnswer> {
  const shapes = shapeMemory();
  return (queries, signal) =>
    afterwards(
      evaluator.now(signal).then((now) => {
        if (typeof now !== 'number') return () => Promise.resolve(now.failure);
        return inChunks(chunksOf(queries, shapes), asking({ evaluator, shapes, atMs: now, signal }));
      }),
    );
}

/** What all questions of one moment share. */
interface Round {
  readonly evaluator: Evaluator;
  readonly shapes: Shapes;
  readonly atMs: number;
  readonly signal: AbortSignal;
}

function asking(round: Round): Asking<string, VectorAnswer> {
  const { evaluator, shapes, atMs, signal } = round;
  const alone = async (query: string): Promise<VectorAnswer> => {
    const value = await evaluator.at(query, atMs, signal);
    shapes.learn(query, shapeAfter(value));
    if (value.kind === 'notEvaluated') return value.failure;
    if (value.type === 'matrix' || value.type === 'string') return wrongType(value.type);
    return answerOf(value.series, atMs, value.warnings);
  };
  return {
    alone,
    together: async (queries) => {
      const vectors = queries.map((query) => (shapes.of(query) === 'scalar' ? `vector(${query})` : query));
      const value = await evaluator.at(tagged(vectors), atMs, signal);
      if (value.kind === 'notEvaluated') return value.isOfQuery ? undefined : () => value.failure;
      const parts = untagged(value.series, queries.length);
      const seriesOf = new Map(queries.map((query, index) => [query, parts[index] ?? []]));
      const lost = await histogramsLost(seriesOf, round);
      const again = new Map(
        await Promise.all(lost.map(async (query) => [query, await alone(query)] as const)),
      );
      return (query) => again.get(query) ?? answerOf(seriesOf.get(query) ?? [], atMs, value.warnings);
    },
  };
}

/**
 * Some servers put a 0 in the place of a histogram that goes through a function, as when it is asked for together with
 * others. Which of the queries that gave a 0 that happened to.
 */
async function histogramsLost(
  seriesOf: ReadonlyMap<string, readonly SampledSeries[]>,
  { evaluator, shapes, atMs, signal }: Round,
): Promise<readonly string[]> {
  const doubtful = [...seriesOf]
    .filter(([query, series]) => shapes.of(query) === 'unknown' && series.some(isZero))
    .map(([query]) => query);
  if (doubtful.length === 0) return [];
  const counts = doubtful.map((query) => `histogram_count((\n${query}\n))`);
  const value = await evaluator.at(tagged(counts), atMs, signal);
  // A server that does not know the function has no histograms.
  const parts = value.kind === 'evaluated' ? untagged(value.series, doubtful.length) : [];
  const isHistogram = (index: number): boolean => (parts[index]?.length ?? 0) > 0;
  if (value.kind === 'evaluated' || value.isOfQuery) {
    doubtful.forEach((query, index) => {
      shapes.learn(query, isHistogram(index) ? 'alone' : 'numbers');
    });
  }
  return doubtful.filter((_, index) => isHistogram(index));
}

function isZero({ samples }: SampledSeries): boolean {
  return samples.some((sample) => 'value' in sample && sample.value === 0);
}

function answerOf(
  series: readonly SampledSeries[],
  evaluatedMs: number,
  warnings: readonly string[],
): VectorAnswer {
  const now = series.flatMap(({ labels, samples: [sample] }) =>
    sample === undefined ? [] : [{ labels, ...sample }],
  );
  return now.length === 0
    ? { kind: 'empty', evaluatedMs }
    : { kind: 'series', series: now, evaluatedMs, warnings };
}

function wrongType(type: 'matrix' | 'string'): AskingFailed {
  const what = type === 'matrix' ? 'samples over a range of time' : 'a text';
  return {
    kind: 'failed',
    fault: 'query',
    reason: `the query gives ${what}, where values at one moment are wanted`,
    hint: type === 'matrix' ? 'Leave out the [range], or put a function around it.' : 'Ask for a metric.',
  };
}
