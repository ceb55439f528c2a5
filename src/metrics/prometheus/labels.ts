import type { Labels } from './answer.ts';

/** One text for one series, whatever the order of its labels. */
export function seriesKey(labels: Labels): string {
  const entries = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(entries);
}

/** The names of labels whose values differ between these series, in order. */
export function differingLabels(series: readonly { readonly labels: Labels }[]): readonly string[] {
  const names = new Set(series.flatMap(({ labels }) => Object.keys(labels)));
  const differs = (name: string): boolean => new Set(series.map(({ labels }) => labels[name])).size > 1;
  return [...names].filter(differs).sort();
}

/** For a query that should have one series and has several: how many, and by which labels they differ. */
export function tooManySeries(series: readonly { readonly labels: Labels }[]): string {
  const labels = differingLabels(series).join(', ');
  return `${series.length} series where one is expected; they differ in ${labels}`;
}
