import {
  authorWord,
  dateTime,
  ENDPOINTS,
  formatDuration,
  OUTCOME_WORDS,
} from '../../../src/client/browser.ts';
import type { HistoryView, RolloutView } from '../../../src/client/index.ts';
import { pathFor } from '../live/ask.ts';
import type { Panel } from './panel.ts';
import { DataTable } from './parts/data-table.tsx';
import { useDesk } from './release/desk-context.tsx';

/** The releases that have ended, newest first. */
export const HISTORY: Panel = { id: 'history', title: 'History', isFor: () => true, Body: HistoryBody };

const COLUMNS = [
  { title: 'Release', isNumber: true },
  { title: 'Outcome' },
  { title: 'Reason' },
  { title: 'Versions' },
  { title: 'By' },
  { title: 'Began' },
  { title: 'Took', isNumber: true },
  { title: 'Failed', isNumber: true },
  { title: 'More' },
];

function HistoryBody({ rollout }: { rollout: RolloutView }) {
  const desk = useDesk();
  if (desk.history.value.length === 0) return <p>No release has ended yet.</p>;
  return (
    <DataTable
      caption="Ended releases, newest first"
      columns={COLUMNS}
      rows={desk.history.value.map((release) => [
        String(release.number),
        OUTCOME_WORDS[release.outcome],
        <span class="long">{release.reason}</span>,
        <>
          <code>{release.from ?? 'nothing'}</code> → <code>{release.to}</code>
        </>,
        authorWord(release.by),
        <time>{dateTime(release.startedAt)}</time>,
        formatDuration(Math.max(0, release.endedAt - release.startedAt)),
        `${release.served.errors} of ${release.served.requests}`,
        <More rollout={rollout} release={release} />,
      ])}
    />
  );
}

function More({ rollout, release: { number } }: { rollout: RolloutView; release: HistoryView }) {
  const desk = useDesk();
  return (
    <>
      <button
        type="button"
        aria-label={`Show release ${number} of ${rollout.name} above`}
        onClick={() => {
          desk.choose(number);
          document.getElementById('evidence-title')?.scrollIntoView();
        }}
      >
        Show
      </button>{' '}
      <a
        href={`${pathFor(ENDPOINTS.report, { about: rollout, values: { number } })}?format=html`}
        target="_blank"
        rel="noopener"
        aria-label={`Report of release ${number}`}
      >
        Report
      </a>
    </>
  );
}
