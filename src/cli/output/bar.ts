const EIGHTHS = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** A bar of `width` columns, filled to a fraction between 0 and 1 in eighths of a column. */
export function bar(fraction: number, width: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, fraction)) * width * 8);
  const full = Math.floor(eighths / 8);
  const part = full < width ? (EIGHTHS[eighths % 8] ?? ' ') : '';
  return `${'█'.repeat(full)}${part}`.padEnd(width, ' ');
}

/**
 * One bar for several parts, each with a fill of its own. A part that is there at all has a column of its
 * own; the largest gives it.
 */
export function splitBar(
  parts: readonly { readonly fraction: number; readonly fill: string }[],
  width: number,
): string {
  const columns = parts.map(({ fraction }) => (fraction > 0 ? Math.max(1, Math.round(fraction * width)) : 0));
  const largest = columns.indexOf(Math.max(...columns));
  const others = columns.reduce((sum, count, index) => (index === largest ? sum : sum + count), 0);
  return parts
    .map(({ fill }, index) =>
      fill.repeat(index === largest ? Math.max(0, width - others) : (columns[index] ?? 0)),
    )
    .join('');
}
