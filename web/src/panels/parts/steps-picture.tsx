import { latency } from '../../../../src/client/browser.ts';
import { placeOf, type Column } from '../numbers/distribution.ts';
import { DASHES, dashOf } from './dashes.ts';
import { Stroke } from './stroke.tsx';

/** One side of a comparison: its columns, and its quantiles. */
export interface Side {
  readonly name: string;
  readonly columns: readonly Column[];
  readonly marks: readonly { readonly title: string; readonly ms: number }[];
}

const WIDTH = 1_000;
const HEIGHT = 200;
/** Places on the scale that are written below it, 0 to 1. */
const TICKS = [0, 0.25, 0.5, 0.75, 1] as const;

/** Distributions laid over each other as steps, from quick to slow on a logarithmic scale. A table tells the same. */
export function StepsPicture({ sides }: { sides: readonly Side[] }) {
  const columns = sides[0]?.columns ?? [];
  const highest = Math.max(...sides.flatMap((side) => side.columns.map(({ share }) => share)));
  return (
    <div aria-hidden="true">
      <ul class="legend">
        {sides.map(({ name, marks }, index) => (
          <li key={name}>
            <Stroke index={index} />
            {name} {marks.map(({ title, ms }) => `${title} ${latency(ms)}`).join(', ')}
          </li>
        ))}
      </ul>
      <svg class="steps" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none">
        {sides.map(({ name, columns: own, marks }, index) => (
          <g key={name} class={`line-${index % DASHES.length}`}>
            <path d={stepsPath(own, highest)} {...dashOf(index)} />
            {marks.map(({ title, ms }) => (
              <line key={title} class="mark" {...acrossAt(placeOf(ms, own) * WIDTH)} {...dashOf(index)} />
            ))}
          </g>
        ))}
      </svg>
      <p class="scale">
        {TICKS.map((place) => (
          <span key={place}>{latency(valueAt(place, columns))}</span>
        ))}
      </p>
    </div>
  );
}

/** The outline of columns whose heights are parts of the highest. */
function stepsPath(columns: readonly Column[], highest: number): string {
  const steps = columns.map((column) => {
    const y = HEIGHT - (highest === 0 ? 0 : column.share / highest) * (HEIGHT - 4);
    return `V${y.toFixed(1)}H${(placeOf(column.to, columns) * WIDTH).toFixed(1)}`;
  });
  return `M0 ${HEIGHT}${steps.join('')}V${HEIGHT}`;
}

function acrossAt(x: number): {
  readonly x1: number;
  readonly x2: number;
  readonly y1: number;
  readonly y2: number;
} {
  return { x1: x, x2: x, y1: 0, y2: HEIGHT };
}

function valueAt(place: number, columns: readonly Column[]): number {
  const [low, high] = [columns[0]?.from ?? 1, columns.at(-1)?.to ?? 1];
  return low * (high / low) ** place;
}
