import { useSignal } from '@preact/signals';
import { timeOfDay } from '../../../../src/client/browser.ts';
import { drawnTogether } from '../numbers/lines.ts';
import type { Span } from '../numbers/range.ts';
import { slicesOf, type Slice } from '../numbers/slices.ts';
import type { ChartProps } from './chart.tsx';
import { DataTable } from './data-table.tsx';

/** Rows that can be read at a sitting. */
const SLICES = 24;
/** Points that are looked at for each of them. */
const PIXELS_A_SLICE = 10;

/** What a chart shows in numbers, for whoever opens it. */
export function ChartTable(props: ChartProps & { span: Span }) {
  const isOpen = useSignal(false);
  return (
    <details class="chart-table" onToggle={(event) => (isOpen.value = event.currentTarget.open)}>
      <summary>{props.title} as a table</summary>
      {isOpen.value && <Slices {...props} />}
    </details>
  );
}

function Slices({ title, parts, names, written, span }: ChartProps & { span: Span }) {
  const sight = { from: span[0], to: span[1], pixels: SLICES * PIXELS_A_SLICE };
  const slices = slicesOf(drawnTogether(parts, names, sight), span, SLICES);
  const columns = [{ title: 'From' }, ...names.map((name) => ({ title: name, isNumber: true }))];
  return (
    <DataTable
      caption={`${title}, least to greatest`}
      columns={columns}
      rows={slices.map((slice) => [
        timeOfDay(slice.from * 1_000),
        ...slice.values.map((one) => rangeWords(one, written)),
      ])}
    />
  );
}

function rangeWords(range: Slice['values'][number], written: (value: number) => string): string {
  if (range === undefined) return '–';
  const [least, greatest] = range.map(written);
  return least === greatest ? (least ?? '') : `${least ?? ''} to ${greatest ?? ''}`;
}
