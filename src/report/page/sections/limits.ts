import { dateTime } from '../../../base/date-time.ts';
import { formatDuration } from '../../../base/duration.ts';
import type { Report } from '../../report.ts';
import type { CheckSummary } from '../../summary/checks.ts';
import type { Gap } from '../../summary/gaps.ts';
import { times } from '../../words.ts';
import type { Figures } from '../figure.ts';
import { html, type Markup } from '../markup.ts';
import { table } from '../table.ts';

const MOST = 200;

/** What the evidence does not exclude, and the times it does not tell of. */
export function limits({ summary }: Report, figures: Figures): Markup {
  const { checks, gaps } = summary;
  const lines = checks.flatMap(
    (check, index) => missed(check, `checks.${index}.missed.ratio`, figures) ?? [],
  );
  return html`<section aria-labelledby="limits">
    <h2 id="limits">What could have been missed</h2>
    ${
      lines.length === 0
        ? html`<p>No check compares the versions by an interval, or each has found its harm.</p>`
        : html`<ul>
            ${lines}
          </ul>`
    }
    <h3>Gaps in the evidence</h3>
    ${gaps.length === 0 ? html`<p>None.</p>` : gapTable(gaps)}
  </section>`;
}

function missed({ name, missed: harm }: CheckSummary, path: string, figures: Figures): Markup | undefined {
  if (harm === undefined) return undefined;
  if (harm.ratio === undefined)
    return html`<li>${name}: no size of harm is excluded, too little was measured.</li>`;
  return html`<li>
    ${name}: ${harm.of} of up to ${figures(path, times)} of stable's is not excluded, at 95 %.
  </li>`;
}

const KINDS: Readonly<Record<Gap['kind'], string>> = {
  unmeasured: 'nothing was counted',
  missing: 'not measured',
  unserved: 'the new version got no requests',
};

function gapTable(gaps: readonly Gap[]): Markup {
  const left = gaps.length - MOST;
  return html`${table({
    name: 'Gaps in the evidence',
    columns: [{ title: 'from' }, { title: 'for', right: true }, { title: 'step' }, { title: 'what' }],
    rows: gaps
      .slice(0, MOST)
      .map(({ kind, from, to, step, check, reason }) => [
        dateTime(from),
        formatDuration(Math.max(0, to - from)),
        step,
        `${check === undefined ? '' : `${check}: `}${KINDS[kind]}${reason === undefined ? '' : `: ${reason}`}`,
      ]),
  })}
  ${left > 0 ? html`<p class="note">${left} more are in the JSON.</p>` : undefined}`;
}
