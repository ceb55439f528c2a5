import type { ComponentChildren } from 'preact';

/** A column of a table; numbers stand to the right. */
export interface TableColumn {
  readonly title: string;
  readonly isNumber?: boolean;
}

/** What a table shows. The first cell of each row names it. */
interface DataTableProps {
  readonly caption: string;
  readonly columns: readonly TableColumn[];
  readonly rows: readonly (readonly ComponentChildren[])[];
}

/** A table that scrolls to the side where the page is too narrow for it, by keyboard too. */
export function DataTable({ caption, columns, rows }: DataTableProps) {
  return (
    <div class="table" role="region" aria-label={caption} tabIndex={0}>
      <table>
        <caption>{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ title, isNumber }) => (
              <th key={title} scope="col" data-number={isNumber}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((cells, row) => (
            <tr key={row}>{cells.map((cell, index) => cellOf(cell, index, columns[index]?.isNumber))}</tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function cellOf(cell: ComponentChildren, index: number, isNumber: boolean | undefined) {
  if (index > 0)
    return (
      <td key={index} data-number={isNumber}>
        {cell}
      </td>
    );
  return (
    <th key={index} scope="row" data-number={isNumber}>
      {cell}
    </th>
  );
}
