/** Rows that a page key goes over. */
const PAGE = 10;

/** What of a key press counts. */
export type Key = Pick<KeyboardEvent, 'key' | 'altKey' | 'ctrlKey' | 'metaKey'>;

type Move = (at: number, last: number) => number;

const DOWN: Readonly<Record<string, Move>> = {
  ArrowDown: (at) => at + 1,
  PageDown: (at) => at + PAGE,
};

/** In the field above the rows these move its cursor. */
const AMONG_ROWS: Readonly<Record<string, Move>> = {
  ...DOWN,
  ArrowUp: (at) => at - 1,
  PageUp: (at) => Math.max(0, at - PAGE),
  Home: () => 0,
  End: (_, last) => last,
};

/**
 * The row that a key leads to from row `at` of `count`; -1 is the field above the first. Undefined for a key that leads
 * nowhere. Pure.
 */
export function rowAfter(count: number, at: number, key: Key): number | undefined {
  if (count === 0 || isModified(key)) return undefined;
  const moves = at < 0 ? DOWN : AMONG_ROWS;
  const move = Object.hasOwn(moves, key.key) ? moves[key.key] : undefined;
  return move === undefined ? undefined : Math.min(count - 1, move(at, count - 1));
}

/** True for a key press that a page may take for a command: nobody is writing. */
export function isCommand(event: KeyboardEvent, command: string): boolean {
  if (event.key !== command || isModified(event)) return false;
  const { target } = event;
  return !(target instanceof Element && target.closest('input, textarea, select, dialog') !== null);
}

function isModified({ altKey, ctrlKey, metaKey }: Key): boolean {
  return altKey || ctrlKey || metaKey;
}
