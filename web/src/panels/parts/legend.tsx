import type { Lines } from '../numbers/lines.ts';
import type { ChartProps } from './chart.tsx';
import { Stroke } from './stroke.tsx';

/** What each line is, and its value at a moment; without one, its newest. */
export function Legend({ parts, names, written, limit, at }: ChartProps & { at: number | undefined }) {
  const values = valuesAt(parts, at);
  return (
    <ul class="legend">
      {names.map((name, index) => (
        <li key={name}>
          <Stroke index={index} />
          {name} <strong>{valueWords(values.get(name), written)}</strong>
        </li>
      ))}
      {limit !== undefined && (
        <li>
          <svg class="stroke line-limit" width="28" height="10" aria-hidden="true">
            <line x1="0" y1="5" x2="28" y2="5" />
          </svg>
          {limit.title}
        </li>
      )}
    </ul>
  );
}

function valuesAt(parts: readonly Lines[], at: number | undefined): ReadonlyMap<string, number> {
  const found =
    at === undefined
      ? parts.findLast(({ length }) => length > 0)
      : parts.find(({ span }) => span !== undefined && at <= span[1]);
  return (at === undefined ? found?.newest() : found?.valuesAt(at)) ?? new Map<string, number>();
}

function valueWords(value: number | undefined, written: (value: number) => string): string {
  return value === undefined ? '–' : written(value);
}
