import { formatShare } from '../../base/share.ts';
import type { RolloutView } from '../../api/resources.ts';
import type { Phase } from '../../rollout/model.ts';
import { latency, mebibytes, percent } from '../../client/figures.ts';
import type { Paint } from './paint.ts';
import { table } from './table.ts';
import { phaseWord } from './words.ts';

/** What a Rollout is at, serves and uses now. */
export interface TopRow {
  readonly name: string;
  readonly phase: Phase;
  /** The number of the step, and of how many; absent at rest. */
  readonly step: string | undefined;
  readonly split: string;
  /** Of all tracks together. */
  readonly requestsPerSecond: number;
  /** 0 to 1, of all requests; absent without any. */
  readonly errorRatio: number | undefined;
  /** Those of the slowest track. */
  readonly p50Ms: number | undefined;
  readonly p99Ms: number | undefined;
  readonly ready: number;
  readonly running: number;
  readonly cores: number | undefined;
  readonly rssBytes: number | undefined;
}

/** The columns that rows can be sorted by, each with its key; numbers with the largest on top. */
export const SORTS = {
  n: 'name',
  r: 'requests',
  e: 'errors',
  l: 'latency',
  c: 'cpu',
  m: 'memory',
} as const satisfies Readonly<Record<string, string>>;

/** A column to sort by. */
export type Sort = (typeof SORTS)[keyof typeof SORTS];

const NUMBERS: Readonly<Record<Exclude<Sort, 'name'>, (row: TopRow) => number>> = {
  requests: (row) => row.requestsPerSecond,
  errors: (row) => row.errorRatio ?? -1,
  latency: (row) => row.p99Ms ?? -1,
  cpu: (row) => row.cores ?? -1,
  memory: (row) => row.rssBytes ?? -1,
};

/** One row of a Rollout. */
export function topRow({ name, phase, release, route = [], rates, groups }: RolloutView): TopRow {
  const requestsPerSecond = sum(rates.map((rate) => rate.requestsPerSecond));
  const errors = sum(rates.map((rate) => rate.requestsPerSecond * rate.errorRatio));
  const instances = groups.flatMap((group) => group.instances);
  return {
    name,
    phase,
    step: release === undefined ? undefined : `${release.step + 1}/${release.plan.steps.length}`,
    split: route.map(({ track, weight }) => `${track} ${formatShare(weight)}`).join(', '),
    requestsPerSecond,
    errorRatio: requestsPerSecond === 0 ? undefined : errors / requestsPerSecond,
    p50Ms: most(rates.map((rate) => rate.p50Ms)),
    p99Ms: most(rates.map((rate) => rate.p99Ms)),
    ready: sum(groups.map((group) => group.ready)),
    running: sum(groups.map((group) => group.running)),
    cores: total(instances.map((instance) => instance.cores)),
    rssBytes: total(instances.map((instance) => instance.rssBytes)),
  };
}

/** Rows in an order that stays the same for equal figures. */
export function sorted(rows: readonly TopRow[], sort: Sort): readonly TopRow[] {
  const byName = rows.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  if (sort === 'name') return byName;
  const figure = NUMBERS[sort];
  return byName.toSorted((a, b) => figure(b) - figure(a));
}

/** Rows as a table. */
export function topTable(rows: readonly TopRow[], paint: Paint): string[] {
  if (rows.length === 0) return ['no Rollouts yet: declare one with "coalmine init" and "coalmine apply"'];
  const columns = [
    ...['NAME', 'PHASE', 'STEP', 'SPLIT'].map((title) => ({ title })),
    ...['REQ/S', 'ERRORS', 'P50', 'P99', 'READY', 'CPU', 'MEMORY'].map((title) => ({ title, right: true })),
  ];
  return table(
    columns,
    rows.map((row) => [
      row.name,
      phaseWord(row.phase, paint),
      row.step ?? '-',
      row.split === '' ? '-' : row.split,
      row.requestsPerSecond.toFixed(1),
      row.errorRatio === undefined ? '-' : percent(row.errorRatio),
      latency(row.p50Ms),
      latency(row.p99Ms),
      `${row.ready}/${row.running}`,
      row.cores === undefined ? '-' : percent(row.cores),
      mebibytes(row.rssBytes),
    ]),
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** The largest of what is known. */
function most(figures: readonly (number | undefined)[]): number | undefined {
  const known = figures.filter((figure) => figure !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

function total(figures: readonly (number | undefined)[]): number | undefined {
  const known = figures.filter((figure) => figure !== undefined);
  return known.length === 0 ? undefined : sum(known);
}
