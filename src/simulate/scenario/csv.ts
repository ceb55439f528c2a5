import { shown } from '../../rollout/wording.ts';

/** The numbers of a column, or what is wrong, with its line (1-based). */
export type Column =
  | { readonly values: readonly number[]; readonly problem?: never }
  | { readonly problem: string; readonly line: number; readonly titles?: readonly string[] };

/** Reads one column of numbers, none below zero, from a text of comma-separated values with a line of titles. */
export function columnOf(text: string, title: string): Column {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const titles = cellsOf(lines[0] ?? '');
  const place = titles.indexOf(title);
  if (place < 0) return { problem: `has no column ${shown(title)}`, line: 1, titles };
  const values: number[] = [];
  for (const [index, line] of lines.entries()) {
    if (index === 0 || line.trim() === '') continue;
    const cell = cellsOf(line)[place] ?? '';
    const value = requestsIn(cell);
    if (value === undefined)
      return { problem: `${shown(cell)} is not a number of requests`, line: index + 1 };
    values.push(value);
  }
  return values.length === 0 ? { problem: 'has no rows', line: 1 } : { values };
}

function requestsIn(cell: string): number | undefined {
  const value = cell === '' ? NaN : Number(cell);
  return value >= 0 && value < Infinity ? value : undefined;
}

/** Cells may stand in quotes; a quote inside them is doubled. */
function cellsOf(line: string): readonly string[] {
  const cell = /(?:"((?:[^"]|"")*)"|([^,]*))(,|$)/y;
  const cells: string[] = [];
  while (cell.lastIndex <= line.length) {
    const [, quoted, plain = '', end] = cell.exec(line) ?? [];
    cells.push(quoted?.replaceAll('""', '"') ?? plain.trim());
    if (end !== ',') break;
  }
  return cells;
}
