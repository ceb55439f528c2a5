import { useSignal } from '@preact/signals';
import { useId } from 'preact/hooks';
import { latency } from '../../../src/client/browser.ts';
import type { Lines } from './numbers/lines.ts';
import type { TrafficLines } from './numbers/recorded.ts';
import type { Panel } from './panel.ts';
import { Chart } from './parts/chart.tsx';
import { useDesk } from './release/desk-context.tsx';

/** What each track serves, over time: live since the page is open, and what the ticks of a release tell of before. */
export const TRAFFIC: Panel = {
  id: 'traffic',
  title: 'Traffic',
  isFor: ({ address, route, rates }) => address !== undefined || route !== undefined || rates.length > 0,
  Body: TrafficBody,
};

const CHARTS: readonly {
  readonly title: string;
  readonly of: keyof TrafficLines;
  readonly written: (value: number) => string;
}[] = [
  { title: 'Requests a second', of: 'requests', written: figure },
  { title: 'Requests that failed', of: 'errors', written: (value) => `${figure(value)} %` },
  { title: 'Latency', of: 'latency', written: latency },
];

function TrafficBody() {
  const { reading, traffic, moments, shown } = useDesk();
  const isPast = useSignal(false);
  const release = shown.value;
  const recorded = reading.value?.recorded.traffic;
  const hasEnded = release?.end !== undefined;
  const partsOf = (of: keyof TrafficLines): readonly Lines[] => {
    const past = recorded === undefined ? [] : [recorded[of]];
    if (hasEnded) return isPast.value ? past : [traffic[of]];
    return [...past, traffic[of]];
  };
  return (
    <>
      {hasEnded && (
        <When number={release.number} isPast={isPast.value} choose={(past) => (isPast.value = past)} />
      )}
      {CHARTS.map(({ title, of, written }) => {
        const parts = partsOf(of);
        return (
          <Chart
            key={`${of} ${isPast.value}`}
            title={title}
            parts={parts}
            version={moments.value + (recorded?.[of].length ?? 0)}
            names={[...new Set(parts.flatMap(({ names }) => names))]}
            written={written}
          />
        );
      })}
    </>
  );
}

/** An ended release is a story of its own: what is live belongs to whatever runs now. */
function When(props: { number: number; isPast: boolean; choose: (isPast: boolean) => void }) {
  const id = useId();
  return (
    <p>
      <label for={id}>Traffic of</label>{' '}
      <select
        id={id}
        value={props.isPast ? 'past' : 'now'}
        onChange={(event) => {
          props.choose(event.currentTarget.value === 'past');
        }}
      >
        <option value="now">now, since this page is open</option>
        <option value="past">release {props.number}, while it was judged</option>
      </select>
    </p>
  );
}

function figure(value: number): string {
  return String(Number(value.toPrecision(3)));
}
