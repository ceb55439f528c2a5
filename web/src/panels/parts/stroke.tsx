import { DASHES, dashOf } from './dashes.ts';

/** How a line looks, beside its name. */
export function Stroke({ index }: { index: number }) {
  return (
    <svg class={`stroke line-${index % DASHES.length}`} width="28" height="10" aria-hidden="true">
      <line x1="0" y1="5" x2="28" y2="5" {...dashOf(index)} />
    </svg>
  );
}
