import { dateTime } from '../../../base/date-time.ts';
import type { Report } from '../../report.ts';
import { authorWord } from '../../words.ts';
import { html, type Markup } from '../markup.ts';
import { table } from '../table.ts';

/** A release that waits at a gate for days may have more; the JSON has them all. */
const MOST = 500;

/** What was decided and by whom: approvals, hooks, gates, and what the engine did. */
export function decisions({ recording: { events = [] } }: Report): Markup {
  const left = events.length - MOST;
  return html`<section aria-labelledby="decisions">
    <h2 id="decisions">Decisions</h2>
    ${
      events.length === 0
        ? html`<p>Nothing is kept of what happened in this release.</p>`
        : table({
            name: 'What happened',
            columns: [{ title: 'time' }, { title: 'event' }, { title: 'by' }, { title: 'message' }],
            rows: events
              .slice(-MOST)
              .map(({ at, type, by, message }) => [
                dateTime(at),
                type,
                by === undefined ? '–' : authorWord(by),
                message,
              ]),
          })
    }
    ${left > 0 ? html`<p class="note">The first ${left} are in the JSON only.</p>` : undefined}
  </section>`;
}
