import { padEnd, padStart, widthOf } from './text.ts';

const GAP = '  ';

/** One column. */
export interface Column {
  readonly title: string;
  /** True for numbers. */
  readonly right?: boolean;
}

/** A table as lines, titles first; the last column is not filled up. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const all = [columns.map((column) => column.title), ...rows];
  const widths = columns.map((_, index) => Math.max(...all.map((row) => widthOf(row[index] ?? ''))));
  return all.map((row) =>
    columns
      .map(({ right }, index) => {
        const cell = row[index] ?? '';
        return right === true ? padStart(cell, widths[index] ?? 0) : padEnd(cell, widths[index] ?? 0);
      })
      .join(GAP)
      .trimEnd(),
  );
}
