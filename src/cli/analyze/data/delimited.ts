import { Failure, type Problem } from '../../../base/failure.ts';
import { numberIn } from './cell.ts';
import type { Table } from './table.ts';

/**
 * Reads CSV (RFC 4180), TSV and the like: the first line names the columns; a single column may do without. Blank
 * lines are left out. Throws Failure `usage` with file, line and column.
 */
export function readDelimited(file: string, text: string): Table {
  const source: Source = { file, text, delimiter: delimiterOf(text) };
  const records = recordsOf(source);
  const [first] = records;
  const isHeadless = first?.cells.every((cell) => Number.isFinite(numberIn(cell))) ?? true;
  const columns = isHeadless ? [''] : (first?.cells ?? []).map((cell) => cell.trim());
  const rows = isHeadless ? records : records.slice(1);
  const odd = rows.find(({ cells }) => cells.length !== columns.length);
  if (odd !== undefined) throw wrongWidth(source, odd, { isHeadless, columns });
  return {
    file,
    columns,
    rows: rows.map(({ cells }) => cells),
    place: (row, column) => {
      const { starts } = recordAt(source, rows[row]?.start ?? 0);
      return { ...placeOf(source, starts[column] ?? 0), path: columns[column] ?? '' };
    },
  };
}

interface Source {
  readonly file: string;
  readonly text: string;
  readonly delimiter: string;
}

interface KeptRecord {
  readonly start: number;
  readonly cells: readonly string[];
}

function delimiterOf(text: string): string {
  const end = text.indexOf('\n');
  const first = end < 0 ? text : text.slice(0, end);
  return ['\t', ',', ';'].find((delimiter) => first.includes(delimiter)) ?? ',';
}

function recordsOf(source: Source): readonly KeptRecord[] {
  const records: KeptRecord[] = [];
  for (let start = 0; start < source.text.length;) {
    const { cells, end } = recordAt(source, start);
    if (cells.length > 1 || cells[0]?.trim() !== '') records.push({ start, cells });
    start = end;
  }
  return records;
}

interface FoundRecord {
  readonly cells: readonly string[];
  /** Where each cell begins. */
  readonly starts: readonly number[];
  /** Where the next record begins. */
  readonly end: number;
}

function recordAt(source: Source, start: number): FoundRecord {
  const { text, delimiter } = source;
  const cells: string[] = [];
  const starts: number[] = [];
  for (let at = start; ;) {
    starts.push(at);
    const { cell, end } = text[at] === '"' ? quotedCell(source, at) : plainCell(source, at);
    cells.push(cell);
    if (text[end] !== delimiter) return { cells, starts, end: end + 1 };
    at = end + 1;
  }
}

interface FoundCell {
  readonly cell: string;
  /** Where its delimiter or the end of its line is. */
  readonly end: number;
}

function plainCell({ text, delimiter }: Source, start: number): FoundCell {
  let end = start;
  while (end < text.length && text[end] !== delimiter && text[end] !== '\n') end += 1;
  const cell = text.slice(start, end);
  return { cell: cell.endsWith('\r') ? cell.slice(0, -1) : cell, end };
}

function quotedCell(source: Source, start: number): FoundCell {
  const { text, delimiter } = source;
  let end = text.indexOf('"', start + 1);
  while (end >= 0 && text[end + 1] === '"') end = text.indexOf('"', end + 2);
  if (end < 0) throw broken(source, start, 'the quotes are not closed');
  const cell = text.slice(start + 1, end).replaceAll('""', '"');
  const next = text[end + 1] === '\r' ? end + 2 : end + 1;
  const after = text[next];
  if (after !== undefined && after !== delimiter && after !== '\n') {
    throw broken(source, next, 'something follows the closing quotes');
  }
  return { cell, end: next };
}

function wrongWidth(
  source: Source,
  { start, cells }: KeptRecord,
  { isHeadless, columns }: { readonly isHeadless: boolean; readonly columns: readonly string[] },
): Failure {
  if (!isHeadless)
    return broken(source, start, `${cells.length} cells, where the first line has ${columns.length}`);
  return new Failure('usage', `${source.file} does not name its columns`, {
    problems: [problemAt(source, start, `${cells.length} numbers, and nothing says what they are`)],
    hint: 'Write the names of the columns into the first line.',
  });
}

function broken(source: Source, offset: number, reason: string): Failure {
  return new Failure('usage', `${source.file} cannot be read`, {
    problems: [problemAt(source, offset, reason)],
  });
}

function problemAt(source: Source, offset: number, reason: string): Problem {
  return { file: source.file, ...placeOf(source, offset), path: '', reason };
}

/** Line and column of an offset, 1-based. */
function placeOf({ text }: Source, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf('\n') + 1;
  let line = 1;
  for (let at = before.indexOf('\n'); at >= 0; at = before.indexOf('\n', at + 1)) line += 1;
  return { line, column: offset - lineStart + 1 };
}
