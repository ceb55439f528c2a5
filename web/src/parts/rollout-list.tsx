import { useSignal } from '@preact/signals';
import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { RolloutView } from '../../../src/client/index.ts';
import { keyOf } from '../live/named.ts';
import { RolloutRow } from './rollout-row.tsx';
import { rowsInView } from './row-window.ts';

/** Below this width a row has two lines. */
const WIDE = '(width >= 52rem)';
const WIDE_ROW = 52;
const NARROW_ROW = 84;

interface ListProps {
  readonly rollouts: readonly RolloutView[];
  /** The key of the one that the keyboard is at; undefined: the first. */
  readonly current: string | undefined;
}

/** Many Rollouts, of which those are drawn that are seen, and the one that the keyboard is at. */
export function RolloutList({ rollouts, current }: ListProps) {
  const list = useRef<HTMLUListElement>(null);
  const { length: count } = rollouts;
  const { rowHeight, from, to } = useRowsInView(list, count);
  const found = rollouts.findIndex((one) => keyOf(one) === current);
  const at = Math.max(0, found);
  return (
    <ul ref={list} class="rows" aria-label="Rollouts" style={{ height: `${count * rowHeight}px` }}>
      {rollouts.map((rollout, index) => {
        if ((index < from || index >= to) && index !== at) return undefined;
        const place = { height: `${rowHeight}px`, transform: `translateY(${index * rowHeight}px)` };
        return (
          <li key={keyOf(rollout)} aria-setsize={count} aria-posinset={index + 1} style={place}>
            <RolloutRow rollout={rollout} isCurrent={index === at} />
          </li>
        );
      })}
    </ul>
  );
}

/** Looks again whenever the page is scrolled or has another size. */
function useRowsInView(list: RefObject<HTMLElement | null>, count: number) {
  const rowHeight = useSignal(WIDE_ROW);
  const seen = useSignal<readonly [number, number]>([0, 0]);
  useEffect(() => {
    const wide = matchMedia(WIDE);
    const look = (): void => {
      rowHeight.value = wide.matches ? WIDE_ROW : NARROW_ROW;
      const above = -(list.current?.getBoundingClientRect().top ?? 0);
      const next = rowsInView({ above, height: innerHeight, rowHeight: rowHeight.value, count });
      if (next.join() !== seen.value.join()) seen.value = next;
    };
    look();
    addEventListener('scroll', look, { passive: true });
    addEventListener('resize', look);
    return () => {
      removeEventListener('scroll', look);
      removeEventListener('resize', look);
    };
  }, [count, list, rowHeight, seen]);
  const [from, to] = seen.value;
  return { rowHeight: rowHeight.value, from, to };
}
