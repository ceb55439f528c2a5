import { BUCKETS_PER_DOUBLING, upperBoundOf, type LogHistogram } from '../../../analysis/measurement.ts';
import { milliseconds, percent, whole } from '../../../analysis/words.ts';
import type { Report } from '../../report.ts';
import { candidateName } from '../../summary/variant-served.ts';
import { valueAxis } from '../charts/axes.ts';
import { lineChart, type Axis, type Point } from '../charts/line.ts';
import type { Figures } from '../figure.ts';
import { html, type Markup, type Part } from '../markup.ts';
import { table } from '../table.ts';
import { candidateLines } from './candidate-lines.ts';

/** How long answers took: both distributions, of several variants each, and their quantiles. */
export function latency({ summary, curves }: Report, figures: Figures): Markup | undefined {
  if (summary.latency === undefined) return undefined;
  const row = (name: string, path: string): readonly Part[] => [
    name,
    figures(`${path}.requests`, whole),
    ...['p50Ms', 'p90Ms', 'p99Ms', 'p999Ms'].map((at) => figures(`${path}.${at}`, milliseconds)),
  ];
  const right = (title: string) => ({ title, right: true });
  return html`<section aria-labelledby="latency">
    <h2 id="latency">Latency</h2>
    ${distributions(curves, summary)}
    ${table({
      name: 'Quantiles of the latency',
      columns: [{ title: 'version' }, ...['requests', '50 %', '90 %', '99 %', '99.9 %'].map(right)],
      rows: [
        row(candidateName(summary), 'latency.candidate'),
        ...summary.variantsServed.map(({ variant }, index) =>
          row(variant, `variantsServed.${index}.latency`),
        ),
        row('what it is compared with', 'latency.control'),
      ],
    })}
  </section>`;
}

function distributions(
  { latency: { candidate, control, variants } }: Report['curves'],
  { variantsServed }: Report['summary'],
): Markup | undefined {
  const lines = [
    { name: 'what it is compared with', tone: 'control' as const, points: shape(control) },
    ...candidateLines(variantsServed, {
      together: () => shape(candidate),
      one: (variant) => shape(variants.get(variant) ?? []),
    }),
  ];
  const points = lines.flatMap((line) => line.points);
  return lineChart({
    title:
      'Distribution of the latency: requests by how long they took, each stripe 19 % wider than the one before',
    lines,
    x: latencyAxis(points.map(([x]) => x)),
    y: valueAxis(
      points.reduce((most, [, y]) => Math.max(most, y), 0),
      percent,
    ),
  });
}

/** Stripes a factor of two. */
const STRIPES = 4;
const BUCKETS = BUCKETS_PER_DOUBLING / STRIPES;

/** The part of the requests in each stripe, from one that is empty to one that is empty. */
function shape(histogram: LogHistogram): readonly Point[] {
  const total = histogram.reduce((sum, [, count]) => sum + count, 0);
  const counts = new Map<number, number>();
  for (const [index, count] of histogram) {
    const stripe = Math.ceil(index / BUCKETS);
    counts.set(stripe, (counts.get(stripe) ?? 0) + count);
  }
  const [first, last] = [Math.min(...counts.keys()) - 1, Math.max(...counts.keys()) + 1];
  if (total === 0) return [];
  return Array.from({ length: last - first + 1 }, (_, index) => {
    const stripe = first + index;
    return [stripe, (counts.get(stripe) ?? 0) / total] as const;
  });
}

function latencyAxis(stripes: readonly number[]): Axis {
  const [from, to] = [Math.min(...stripes), Math.max(...stripes)];
  const places = [0, 1, 2, 3, 4].map((part) => from + Math.round(((to - from) * part) / 4));
  const words = (stripe: number): string => milliseconds(upperBoundOf(stripe * BUCKETS));
  return { from, to, ticks: places.map((stripe) => [stripe, words(stripe)]) };
}
