import { COPIES_HARM_NOBODY, counted, latency, percent, slowOf } from '../../../src/client/browser.ts';
import type { Harmed } from '../../../src/analysis/harmed.ts';
import type { Panel } from './panel.ts';
import type { Recorded } from './numbers/recorded.ts';
import { useDesk } from './release/desk-context.tsx';

/** What the release that is shown has served, and how many users' requests it has harmed. */
export const SERVED: Panel = {
  id: 'served',
  title: 'What it has cost',
  isFor: ({ release, lastOutcome }) => release !== undefined || lastOutcome !== undefined,
  Body: ServedBody,
};

function ServedBody() {
  const { shown, reading } = useDesk();
  const release = shown.value;
  if (release === undefined) return <p role="status">Asking for the releases…</p>;
  const { requests, errors } = release.served;
  return (
    <>
      <p>
        In release {release.number} the candidate has served {counted(requests, 'request')} of users
        {requests > 0 && `; ${errors} of them failed (${percent(errors / requests)})`}.
      </p>
      {reading.value !== undefined && <HarmedRequests recorded={reading.value.recorded} />}
    </>
  );
}

function HarmedRequests({ recorded }: { recorded: Recorded }) {
  const [failed, slowed] = [recorded.failed(), recorded.slowed()];
  if (failed === undefined && recorded.hasCopies) return <p>{COPIES_HARM_NOBODY}</p>;
  if (failed === undefined)
    return <p>Nothing was compared, so what would have become of them elsewhere is not known.</p>;
  return (
    <>
      <dl class="facts">
        <dt>Harmed by failures</dt>
        <dd>
          {harmedWords(failed)} more failed than as many would have on {recorded.sides.control}
        </dd>
        {slowed !== undefined && (
          <>
            <dt>Harmed by slowness</dt>
            <dd>
              {harmedWords(slowed)} more took longer than {latency(slowed.thanMs)}, as {slowOf(slowed)} on{' '}
              {recorded.sides.control} do
            </dd>
          </>
        )}
      </dl>
      <p class="quiet">
        Estimated from what was counted while both were compared, step by step: with 95 % intervals, failures
        taken as Poisson counts.
      </p>
    </>
  );
}

function harmedWords({ requests, low, high }: Harmed): string {
  const estimate = Math.round(requests);
  return `${estimate === 0 ? 'none' : `about ${estimate}`} (between ${Math.floor(low)} and ${Math.ceil(high)})`;
}
