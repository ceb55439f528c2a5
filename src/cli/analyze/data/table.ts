import { Failure, type Problem } from '../../../base/failure.ts';
import type { Json } from '../../../base/json.ts';
import { didYouMean } from '../judging.ts';

/** Rows with named columns. */
export interface Table {
  /** As it was named, for messages. */
  readonly file: string;
  readonly columns: readonly string[];
  /** A cell for each column; undefined or null where there is none. */
  readonly rows: readonly (readonly (Json | undefined)[])[];
  /** Where a cell is written. */
  place(row: number, column: number): Pick<Problem, 'line' | 'column' | 'path'>;
}

/** A column that is judged. */
export interface ChosenColumn {
  readonly index: number;
  /** What it is a part of, as in `x=before`: `x`. */
  readonly as?: string;
}

/** The index of a column. Throws Failure `usage` when there is none, or more than one, of that name. */
export function columnIndex({ file, columns }: Table, name: string): number {
  const index = columns.indexOf(name);
  if (index < 0) {
    throw new Failure('usage', `${file} has no column ${JSON.stringify(name)}`, {
      hint: didYouMean(name, columns),
    });
  }
  if (columns.indexOf(name, index + 1) < 0) return index;
  throw new Failure('usage', `${file} has several columns ${JSON.stringify(name)}`, {
    hint: 'Give each a name of its own.',
  });
}

/** The columns to judge: those named, or the only one besides `others`. Throws Failure `usage`. */
export function chooseColumns(
  table: Table,
  named: readonly string[],
  others: readonly number[],
): readonly ChosenColumn[] {
  if (named.length > 0) return named.map((name) => columnNamed(table, name));
  const indexes = table.columns.map((_, index) => index).filter((index) => !others.includes(index));
  const [only, ...more] = indexes;
  if (only !== undefined && more.length === 0) return [{ index: only }];
  const names = indexes.map((index) => table.columns[index]).join(', ');
  throw new Failure('usage', `${table.file} has ${indexes.length} columns: which of them is judged?`, {
    hint: `Name it with --column: ${names}`,
  });
}

function columnNamed(table: Table, written: string): ChosenColumn {
  const at = written.indexOf('=');
  if (at < 1 || table.columns.includes(written)) return { index: columnIndex(table, written) };
  return { index: columnIndex(table, written.slice(at + 1)), as: written.slice(0, at) };
}

/** The failure for a cell that cannot be used. */
export function cellFailure(
  table: Table,
  [row, column]: readonly [row: number, column: number],
  { reason, hint }: Pick<Problem, 'reason' | 'hint'>,
): Failure {
  const problem = { file: table.file, ...table.place(row, column), reason };
  return new Failure('usage', `${table.file} cannot be read`, {
    problems: [problem],
    ...(hint === undefined ? {} : { hint }),
  });
}
