import { html, type Markup, type Part } from './markup.ts';

/** One column. */
export interface Column {
  readonly title: string;
  /** True for numbers. */
  readonly right?: boolean;
}

/** What a table is called, its columns and its rows. */
export interface Table {
  /** For who cannot see where it stands; nothing else on the page is called so. */
  readonly name: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Part[])[];
}

/** A table that can be moved sideways where it is too wide, by keys too. */
export function table({ name, columns, rows }: Table): Markup {
  return html`<section class="scroll" tabindex="0" aria-label="${name}">
    <table>
      <thead>
        <tr>
          ${columns.map(({ title, right }) => html`<th scope="col" ${sideOf(right)}>${title}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${row.map((cell, index) => html`<td${sideOf(columns[index]?.right)}>${cell}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </section>`;
}

function sideOf(right: boolean | undefined): Markup | undefined {
  return right === true ? html` class="right"` : undefined;
}
