import type { MetricsQuestion } from '../../controller/ports.ts';
import type { Check } from '../../rollout/model.ts';
import { fillQuery } from '../prometheus/template.ts';

/** The two arms of a comparison. */
export type Arm = 'candidate' | 'control';

/** What a Rollout's queries may speak of. */
export interface QueryScope {
  readonly rollout: string;
  readonly namespace?: string;
}

/** A query template filled for both arms; an arm without a revision (a first release has no control) has none. */
export type ArmQueries = Readonly<Partial<Record<Arm, string>>>;

/** How far `{{window}}` looks back: queries are asked again at every tick, and count the difference themselves. */
const WINDOW_MS = 60_000;

/** Fills a template for both arms; throws Failure for one that cannot be filled. */
export function armQueries(template: string, question: MetricsQuestion, scope: QueryScope): ArmQueries {
  const { candidate, control, controlTrack = 'stable' } = question;
  const fill = (track: string, revision: string): string =>
    fillQuery(template, {
      track,
      revision,
      name: scope.rollout,
      ...(scope.namespace === undefined ? {} : { namespace: scope.namespace }),
      windowMs: WINDOW_MS,
    });
  return {
    ...(candidate === undefined ? {} : { candidate: fill('canary', candidate) }),
    ...(control === undefined ? {} : { control: fill(controlTrack, control) }),
  };
}

/** The source that a check asks; undefined for what no source measures. */
export function sourceOf({ metric }: Check): string | undefined {
  switch (metric.kind) {
    case 'ratio':
    case 'rate':
    case 'value':
      return metric.source;
    case 'latency':
    case 'size':
      return metric.from?.source;
    case 'errors':
    case 'differences':
    case 'usage':
      return undefined;
  }
}

/** The query templates of a check; none where no source is asked. */
export function queriesOf({ metric }: Check): readonly string[] {
  switch (metric.kind) {
    case 'ratio':
      return [metric.bad, metric.all];
    case 'rate':
    case 'value':
      return [metric.query];
    case 'latency':
    case 'size':
      return metric.from === undefined ? [] : [metric.from.query];
    case 'errors':
    case 'differences':
    case 'usage':
      return [];
  }
}
