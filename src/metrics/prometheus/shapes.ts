import type { SampledSeries } from './answer.ts';
import type { Evaluated, NotEvaluated } from './evaluation.ts';
import { isSelfContained } from './promql.ts';
import { recent } from './recent.ts';

const MOST_REMEMBERED = 20_000;
const MOST_TOGETHER = 128;
const MOST_CHARACTERS = 64 * 1024;

/** What a query has turned out to give; `alone` is what must not be asked together with others. */
export type Shape = 'unknown' | 'numbers' | 'scalar' | 'alone';

/** What is known of queries. */
export interface Shapes {
  of(query: string): Shape;
  learn(query: string, shape: Shape): void;
}

/** Nothing is known yet. */
export function shapeMemory(): Shapes {
  const shapes = recent<Shape>(MOST_REMEMBERED);
  return {
    of: (query) => shapes.get(query) ?? (isSelfContained(query) ? 'unknown' : 'alone'),
    learn: (query, shape) => {
      shapes.set(query, shape);
    },
  };
}

/** What asking for a query by itself has told. */
export function shapeAfter(value: Evaluated | NotEvaluated): Shape {
  if (value.kind === 'notEvaluated') return value.isOfQuery ? 'alone' : 'unknown';
  if (value.type === 'scalar') return 'scalar';
  if (value.type !== 'vector' || hasHistograms(value.series)) return 'alone';
  return value.series.length === 0 ? 'unknown' : 'numbers';
}

function hasHistograms(series: readonly SampledSeries[]): boolean {
  return series.some(({ samples }) => samples.some((sample) => 'histogram' in sample));
}

/** Chunks of what may be asked together, and chunks of one for the rest. */
export function chunksOf(queries: readonly string[], shapes: Shapes): readonly (readonly string[])[] {
  const chunks: string[][] = [];
  let open: string[] | undefined;
  let characters = 0;
  for (const query of queries) {
    if (shapes.of(query) === 'alone') {
      chunks.push([query]);
      continue;
    }
    characters += query.length;
    if (open === undefined || open.length === MOST_TOGETHER || characters > MOST_CHARACTERS) {
      open = [];
      characters = query.length;
      chunks.push(open);
    }
    open.push(query);
  }
  return chunks;
}
