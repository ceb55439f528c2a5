import { Failure } from '../../../base/failure.ts';
import type { Json } from '../../../base/json.ts';
import type { Judging } from '../judging.ts';
import { numberIn } from './cell.ts';
import { cellFailure, type ChosenColumn, type Table } from './table.ts';

/** Which cells of a table are the data of one arm. */
export interface Cells {
  readonly table: Table;
  /** Indexes of its rows. */
  readonly rows: readonly number[];
  readonly columns: readonly ChosenColumn[];
}

/**
 * What a list of values becomes where one is missing: a hole for judges that know holes; nothing for values in no
 * order; a tick in which nothing was measured; absent where none of these is true.
 */
const GAPS: Readonly<Record<string, readonly Json[]>> = {
  score: [null],
  experiment: [null],
  latency: [],
  size: [],
  value: [{}],
};

/** How a missing value is written in a list for a judge; undefined: there is no way. */
export function gapOf({ judge, options }: Judging): readonly Json[] | undefined {
  return GAPS[judge] ?? GAPS[metricOf({ judge, options }) ?? ''];
}

/** The metric of a judge that has one. */
export function metricOf({ judge, options }: Judging): string | undefined {
  if (judge === 'score' || judge === 'experiment') return undefined;
  const { metric = 'errors' } = options;
  return typeof metric === 'string' ? metric : undefined;
}

/**
 * The cells as the judge takes them: one column as a list, several as a list of rows; named ones as objects.
 * Throws Failure `usage` with the place of a cell that cannot be judged.
 */
export function armData(cells: Cells, judging: Judging): Json {
  const { columns } = cells;
  const [only, ...others] = columns;
  if (only?.as === undefined && others.length === 0) return listOf(cells, judging);
  const areNamed = columns.every(({ as }) => as !== undefined);
  return judging.judge === 'experiment' && areNamed ? listsOf(cells, judging) : rowsOf(cells, judging);
}

function listOf(cells: Cells, judging: Judging): Json {
  const { table, rows, columns } = cells;
  if (metricOf(judging) === 'errors') {
    const what = 'how many there were, and how many failed';
    throw new Failure('usage', `${table.file}: errors need two columns: ${what}`, {
      hint: 'As in --column requests --column errors; or say what the values are: --metric latency',
    });
  }
  const column = columns[0]?.index ?? 0;
  const gap = gapOf(judging);
  return rows.flatMap((row): readonly Json[] => {
    const value = valueAt(cells, [row, column], judging);
    if (value !== undefined) return [value];
    if (gap !== undefined) return gap;
    throw missing(table, [row, column]);
  });
}

/** `{ x: [ … ], y: [ … ] }`. */
function listsOf(cells: Cells, judging: Judging): Json {
  const lists = cells.columns.map(({ index, as = '' }) => {
    return [as, cells.rows.map((row) => valueAt(cells, [row, index], judging) ?? null)] as const;
  });
  return Object.fromEntries(lists);
}

/** A row with none of its values is a tick in which nothing happened; of a gauge each unit is by itself. */
function rowsOf(cells: Cells, judging: Judging): Json {
  const { table, rows, columns } = cells;
  const isGauge = metricOf(judging) === 'value';
  const names = columns.map(({ index, as }) => as ?? (isGauge ? table.columns[index] : undefined));
  return rows.map((row) => {
    const values = columns.map(({ index }) => valueAt(cells, [row, index], judging));
    const hasNone = values.every((value) => value === undefined);
    const entries = values.flatMap((value, place) => {
      if (value === undefined && isGauge) return [];
      if (value === undefined && !hasNone) throw missing(table, [row, columns[place]?.index ?? 0]);
      return [[names[place], value ?? 0] as const];
    });
    const isObject = names.some((name) => name !== undefined);
    return isObject
      ? Object.fromEntries(entries.map(([name = '', value]) => [name, value]))
      : entries.map(([, value]) => value);
  });
}

/** Undefined where there is nothing. */
function valueAt(
  { table }: Cells,
  [row, column]: readonly [row: number, column: number],
  { judge }: Judging,
): number | undefined {
  const cell = table.rows[row]?.[column];
  const value = numberIn(cell);
  if (value === undefined) {
    const written = typeof cell === 'string' ? JSON.stringify(cell.slice(0, 40)) : JSON.stringify(cell);
    throw cellFailure(table, [row, column], {
      reason: `${written} is not a number`,
      hint: 'Write numbers as in 12.5 or 3e-4; leave a cell empty where nothing was measured.',
    });
  }
  if (Number.isNaN(value)) return undefined;
  if (Number.isFinite(value) || judge === 'score') return value;
  throw cellFailure(table, [row, column], { reason: `the judge ${judge} takes no infinite values` });
}

function missing(table: Table, cell: readonly [row: number, column: number]): Failure {
  return cellFailure(table, cell, {
    reason: 'there is no value',
    hint: 'Leave the row out, or write 0 if nothing happened.',
  });
}
