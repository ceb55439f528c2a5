import type { Labels, MetricSource, SampledSeries } from '../../metrics/prometheus/answer.ts';
import { Failure } from '../../base/failure.ts';
import { valuesIn, type TimeSpan } from './time-span.ts';

/** What one query said, on the grid of its time. */
export interface QueriedArm {
  readonly arm: 'control' | 'candidate';
  readonly series: readonly GridSeries[];
  /** What there is to know about it. */
  readonly remarks: readonly string[];
}

/** One series: a value for every step of the time; NaN for a gap. */
export interface GridSeries {
  readonly labels: Labels;
  readonly values: readonly number[];
}

/** A query of one arm. */
export interface ArmQuery {
  readonly arm: QueriedArm['arm'];
  readonly query: string;
  readonly span: TimeSpan;
}

/** Asks what a query said. Throws Failure `usage` when it is wrong, `unreachable` when nobody answers. */
export async function askArm(
  source: MetricSource,
  asked: ArmQuery,
  signal: AbortSignal,
): Promise<QueriedArm> {
  const { arm, query, span } = asked;
  const answer = await source.range(query, span, signal);
  switch (answer.kind) {
    case 'failed': {
      const code = answer.fault === 'query' ? 'usage' : 'unreachable';
      throw new Failure(code, `the query of the ${arm} has no answer: ${answer.reason}`, {
        hint: answer.hint ?? `It is: ${query}`,
      });
    }
    case 'empty':
      return { arm, series: [], remarks: [`the query of the ${arm} found nothing in that time`] };
    case 'series': {
      const remarks = answer.warnings.map((warning) => `the query of the ${arm}: ${warning}`);
      return { arm, series: answer.series.map((series) => onGrid(series, asked)), remarks };
    }
  }
}

function onGrid({ labels, samples }: SampledSeries, { arm, span }: ArmQuery): GridSeries {
  const values = new Array<number>(valuesIn(span)).fill(NaN);
  for (const sample of samples) {
    if ('histogram' in sample) {
      throw new Failure('usage', `the query of the ${arm} gives histograms, where numbers are judged`, {
        hint: 'Make a number of each, as in histogram_quantile(0.99, …).',
      });
    }
    const step = Math.round((sample.atMs - span.startMs) / span.stepMs);
    if (step >= 0 && step < values.length) values[step] = sample.value;
  }
  return { labels, values };
}
