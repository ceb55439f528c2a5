import { whole } from '../../../analysis/words.ts';
import type { Report } from '../../report.ts';
import { html, type Markup } from '../markup.ts';
import { table } from '../table.ts';

/** What answers to copies differed in; nothing without any. */
export function differences({ recording }: Report): Markup | undefined {
  const all = recording.kept?.differences ?? [];
  if (all.length === 0) return undefined;
  return html`<section aria-labelledby="differences">
    <h2 id="differences">Answers that differed</h2>
    <p>Where the answers to copies were not those that users got, as far as it is no noise.</p>
    ${table({
      name: 'Differences of answers',
      columns: [{ title: 'request' }, { title: 'differs in' }, { title: 'times', right: true }],
      rows: all.map(({ method, path, field, count }) => [`${method} ${path}`, field, whole(count)]),
    })}
  </section>`;
}
