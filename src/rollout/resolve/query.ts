import type { Metric } from '../model.ts';
import { field, tell, type Place } from '../place.ts';
import { counterProblem, templateProblem } from '../query/problems.ts';

/** A query of a check, and where it is written below the check. */
interface Written {
  readonly path: readonly [metric: string, key: string];
  readonly query: string;
  /** True: it must be a counter, whose differences are taken. */
  readonly isCounter?: boolean;
}

/** Tells of each query of a check that can be seen to be wrong before any source is asked. */
export function refuseQueries(metric: Metric, place: Place): void {
  for (const { path, query, isCounter = false } of queriesOf(metric)) {
    const problem = templateProblem(query) ?? (isCounter ? counterProblem(query) : undefined);
    if (problem !== undefined) tell(path.reduce(field, place), problem.reason, problem.hint);
  }
}

function queriesOf(metric: Metric): readonly Written[] {
  switch (metric.kind) {
    case 'ratio':
      return [
        { path: ['ratio', 'bad'], query: metric.bad, isCounter: true },
        { path: ['ratio', 'all'], query: metric.all, isCounter: true },
      ];
    case 'rate':
      return [{ path: ['rate', 'query'], query: metric.query, isCounter: true }];
    case 'value':
      return [{ path: ['value', 'query'], query: metric.query }];
    case 'latency':
    case 'size':
      return metric.from === undefined ? [] : [{ path: [metric.kind, 'query'], query: metric.from.query }];
    case 'errors':
    case 'differences':
    case 'usage':
      return [];
  }
}
