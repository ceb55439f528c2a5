/** A share in percent, two digits: `0 %`, `0.35 %`, `87 %`. */
export function percent(share: number): string {
  return `${percentNumber(share)} %`;
}

/** The same without the sign. */
export function percentNumber(share: number): string {
  const value = share * 100;
  if (value === 0) return '0';
  return value >= 10 ? String(Math.round(value)) : String(Number(value.toPrecision(value < 1 ? 1 : 2)));
}

/** A count or a ratio with three digits at most and commas: `0.42`, `7.5`, `1,240`. */
export function amount(value: number): string {
  if (value >= 1_000) return Math.round(Number(value.toPrecision(3))).toLocaleString('en-US');
  return String(Number(value.toPrecision(value < 10 ? 2 : 3)));
}

/** Seconds as people say them: `40 s`, `11 min`, `1.5 h`. */
export function duration(seconds: number): string {
  if (seconds < 600) return `${Math.round(seconds)} s`;
  return seconds < 7_200
    ? `${Number((seconds / 60).toFixed(1))} min`
    : `${Number((seconds / 3_600).toFixed(1))} h`;
}

/** A Markdown table; the first column is left-aligned, the others are right-aligned. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = head.map((_, i) => (i === 0 ? '---' : '--:'));
  return [line(head), line(rule), ...rows.map(line)].join('\n');
}
