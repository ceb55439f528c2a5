import { useSignal } from '@preact/signals';
import { latency, quantileOf } from '../../../src/client/browser.ts';
import type { LogHistogram } from '../../../src/analysis/measurement.ts';
import { columnsOf, cumulative } from './numbers/distribution.ts';
import type { Panel } from './panel.ts';
import { DataTable } from './parts/data-table.tsx';
import { StepsPicture, type Side } from './parts/steps-picture.tsx';
import { useDesk } from './release/desk-context.tsx';

/** How long requests took on each track of the release that is shown. */
export const DISTRIBUTION: Panel = {
  id: 'distribution',
  title: 'Latency distribution',
  isFor: ({ release, lastOutcome, address }) =>
    address !== undefined && (release !== undefined || lastOutcome !== undefined),
  Body: DistributionBody,
};

/** Of 100 requests, so many were as quick. */
const QUANTILES = [0.5, 0.9, 0.99] as const;

function DistributionBody() {
  const tracks = useDesk().reading.value?.recorded.latencies ?? [];
  if (tracks.every(({ histogram }) => histogram.length === 0))
    return <p>No latency was counted in the release that is shown.</p>;
  const columns = columnsOf(tracks.map(({ histogram }) => histogram));
  return (
    <Distribution
      sides={tracks.map(({ track, histogram }, index) => ({
        name: track,
        columns: columns[index] ?? [],
        marks: marksOf(histogram),
      }))}
    />
  );
}

function Distribution({ sides }: { sides: readonly Side[] }) {
  const isCumulative = useSignal(false);
  const shown = isCumulative.value
    ? sides.map((side) => ({ ...side, columns: cumulative(side.columns) }))
    : sides;
  return (
    <>
      <label class="tick">
        <input
          type="checkbox"
          checked={isCumulative.value}
          onChange={(event) => {
            isCumulative.value = event.currentTarget.checked;
          }}
        />
        How many were as quick or quicker
      </label>
      <StepsPicture sides={shown} />
      <Quantiles sides={shown} />
      <Columns sides={shown} />
    </>
  );
}

function marksOf(histogram: LogHistogram): Side['marks'] {
  return QUANTILES.flatMap((q) => {
    const ms = quantileOf(histogram, q);
    return ms === undefined ? [] : [{ title: `p${q * 100}`, ms }];
  });
}

function Quantiles({ sides }: { sides: readonly Side[] }) {
  return (
    <DataTable
      caption="How long requests took at most: half, 90 and 99 of a hundred"
      columns={[{ title: 'Track' }, ...QUANTILES.map((q) => ({ title: `p${q * 100}`, isNumber: true }))]}
      rows={sides.map(({ name, marks }) => [name, ...QUANTILES.map((_, index) => latency(marks[index]?.ms))])}
    />
  );
}

function Columns({ sides }: { sides: readonly Side[] }) {
  const isOpen = useSignal(false);
  const places = sides[0]?.columns ?? [];
  return (
    <details onToggle={(event) => (isOpen.value = event.currentTarget.open)}>
      <summary>The distribution as a table</summary>
      {isOpen.value && (
        <DataTable
          caption="Share of requests by how long they took"
          columns={[{ title: 'Up to' }, ...sides.map(({ name }) => ({ title: name, isNumber: true }))]}
          rows={places.map(({ to }, index) => [
            latency(to),
            ...sides.map(({ columns }) => shareWords(columns[index]?.share ?? 0)),
          ])}
        />
      )}
    </details>
  );
}

function shareWords(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
