import { useId } from 'preact/hooks';
import { dateTime, OUTCOME_WORDS } from '../../../../src/client/browser.ts';
import { useDesk } from '../release/desk-context.tsx';
import type { ShownRelease } from '../release/shown.ts';

/** Which release the panels show, to be chosen; and whether its ticks are read. */
export function ReleaseChoice() {
  const id = useId();
  const desk = useDesk();
  const release = desk.shown.value;
  if (release === undefined) return <p role="status">Asking for the releases…</p>;
  const numbers = [...new Set([release.number, ...desk.history.value.map(({ number }) => number)])];
  return (
    <div class="release-choice">
      <label for={id}>Release</label>{' '}
      <select
        id={id}
        value={release.number}
        onChange={(event) => {
          desk.choose(Number(event.currentTarget.value));
        }}
      >
        {numbers
          .sort((a, b) => b - a)
          .map((number) => (
            <option key={number} value={number}>
              {number}
            </option>
          ))}
      </select>{' '}
      <span>{endWords(release)}</span>
      <ReadingNotice />
    </div>
  );
}

function endWords({ end, from, to }: ShownRelease): string {
  const versions = `${from ?? 'nothing'} → ${to}`;
  if (end === undefined) return `${versions}, running`;
  return `${versions}, ${OUTCOME_WORDS[end.outcome]} ${dateTime(end.endedAt)}`;
}

function ReadingNotice() {
  const desk = useDesk();
  const state = desk.reading.value?.state;
  if (state === undefined || state === 'whole') return null;
  if (state === 'reading') {
    const isFirst = desk.reading.value?.recorded.lastAt === -Infinity;
    return isFirst ? <p role="status">Reading what was counted…</p> : null;
  }
  if (state.code === 'notBuilt')
    return <p class="quiet">No evidence is shown tick by tick: {state.message}.</p>;
  return (
    <p role="alert" class="notice">
      {state.message}{' '}
      <button
        type="button"
        onClick={() => {
          desk.retry();
        }}
      >
        Read again
      </button>
    </p>
  );
}
