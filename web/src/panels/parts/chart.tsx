import { useSignal } from '@preact/signals';
import { useId } from 'preact/hooks';
import { dateTime } from '../../../../src/client/browser.ts';
import type { Lines } from '../numbers/lines.ts';
import { moved, spanOf, zoomed, type Range, type Span } from '../numbers/range.ts';
import { ChartTable } from './chart-table.tsx';
import { Legend } from './legend.tsx';
import { Picture } from './picture.tsx';

/** Lines over time. */
export interface ChartProps {
  readonly title: string;
  /** Lines that follow each other in time; they grow in place, and `version` grows with them. */
  readonly parts: readonly Lines[];
  readonly version: number;
  /** Which of the lines, in their order. */
  readonly names: readonly string[];
  readonly written: (value: number) => string;
  /** What the lines are to stay below, and how that is called; absent: nothing. */
  readonly limit?: { readonly at: number; readonly title: string };
}

/** What the buttons do to the part of time that is shown. */
const MOVES: readonly (readonly [label: string, to: (range: Range, whole: Span) => Range])[] = [
  ['Earlier', (range, whole) => moved(range, whole, -0.5)],
  ['Later', (range, whole) => moved(range, whole, 0.5)],
  ['Closer', (range, whole) => zoomed(range, whole, { times: 0.5 })],
  ['Farther', (range, whole) => zoomed(range, whole, { times: 2 })],
  ['All', () => ({ kind: 'all' })],
];

/** Lines over time: a picture to drag over and to zoom into, buttons that do the same, and a table of what it shows. */
export function Chart(props: ChartProps) {
  const titleId = useId();
  const range = useSignal<Range>({ kind: 'all' });
  const pointed = useSignal<number | undefined>(undefined);
  const whole = wholeOf(props.parts);
  if (whole === undefined) return <p>{props.title}: nothing was counted yet.</p>;
  const [from, to] = spanOf(range.value, whole);
  return (
    <figure class="chart" aria-labelledby={titleId}>
      <figcaption id={titleId}>
        {props.title}{' '}
        <span class="quiet">
          {dateTime(from * 1_000)} to {dateTime(to * 1_000)}
        </span>
      </figcaption>
      <Legend {...props} at={pointed.value} />
      <Picture {...props} whole={whole} range={range} onPointed={(at) => (pointed.value = at)} />
      <div class="chart-moves" role="group" aria-label={`Part of ${props.title} that is shown`}>
        {MOVES.map(([label, moveTo]) => (
          <button key={label} type="button" onClick={() => (range.value = moveTo(range.value, whole))}>
            {label}
          </button>
        ))}
      </div>
      <ChartTable {...props} span={[from, to]} />
    </figure>
  );
}

/** From the first point of all to the last. */
function wholeOf(parts: readonly Lines[]): Span | undefined {
  const spans = parts.flatMap(({ span }) => (span === undefined ? [] : [span]));
  const [first, last] = [spans[0], spans.at(-1)];
  return first === undefined || last === undefined ? undefined : [first[0], last[1]];
}
