/** Where a list is, and what of the page is seen; in pixels. */
export interface View {
  /** How far the list's top is above that of what is seen; negative: below. */
  readonly above: number;
  readonly height: number;
  readonly rowHeight: number;
  readonly count: number;
}

/** Rows that are there before they are seen. */
const AHEAD = 8;

/** The rows that are drawn: from, up to and without. Pure. */
export function rowsInView({ above, height, rowHeight, count }: View): readonly [number, number] {
  const first = Math.floor(above / rowHeight) - AHEAD;
  const last = Math.ceil((above + height) / rowHeight) + AHEAD;
  const from = Math.min(Math.max(0, first), count);
  return [from, Math.max(from, Math.min(count, last))];
}
