/** The part of time that a chart shows; seconds. */
export type Range =
  | { readonly kind: 'all' }
  /** Up to now, and on with it. */
  | { readonly kind: 'last'; readonly seconds: number }
  | { readonly kind: 'fixed'; readonly from: number; readonly to: number };

/** From its beginning to its end; seconds since 1970. */
export type Span = readonly [from: number, to: number];

/** Closer than that there is nothing to see. */
const LEAST_SECONDS = 10;

/** What of the whole is shown. */
export function spanOf(range: Range, [first, last]: Span): Span {
  switch (range.kind) {
    case 'all':
      return [first, Math.max(last, first + 1)];
    case 'last':
      return [last - range.seconds, last];
    case 'fixed':
      return [range.from, range.to];
  }
}

/** Closer to (`times` below 1) or farther from a moment, which stays where it is; all of it at the farthest. */
export function zoomed(
  range: Range,
  whole: Span,
  { times, around }: { times: number; around?: number },
): Range {
  const [from, to] = spanOf(range, whole);
  const length = Math.max(LEAST_SECONDS, (to - from) * times);
  if (length >= whole[1] - whole[0]) return { kind: 'all' };
  if (around === undefined && range.kind !== 'fixed') return { kind: 'last', seconds: length };
  const at = around ?? (from + to) / 2;
  const start = at - (to === from ? 0.5 : (at - from) / (to - from)) * length;
  return within({ from: start, to: start + length }, whole);
}

/** Earlier (below 0) or later by a part of what is shown. */
export function moved(range: Range, whole: Span, by: number): Range {
  if (range.kind === 'all') return range;
  const [from, to] = spanOf(range, whole);
  const step = (to - from) * by;
  return within({ from: from + step, to: to + step }, whole);
}

/** What somebody has marked; nothing where it is too short to be meant. */
export function marked(from: number, to: number, whole: Span): Range | undefined {
  const length = Math.abs(to - from);
  if (length === 0) return undefined;
  const middle = (from + to) / 2;
  const half = Math.max(length, LEAST_SECONDS) / 2;
  return within({ from: middle - half, to: middle + half }, whole);
}

/** Who comes to the end goes on with it. */
function within({ from, to }: { from: number; to: number }, [first, last]: Span): Range {
  const length = to - from;
  if (length >= last - first) return { kind: 'all' };
  if (to >= last) return { kind: 'last', seconds: length };
  return from < first ? { kind: 'fixed', from: first, to: first + length } : { kind: 'fixed', from, to };
}
