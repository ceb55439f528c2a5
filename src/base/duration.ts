const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** What a written duration looks like: whole numbers with units, largest first, as in `90s`, `1h30m`, `14d`. */
export const DURATION_PATTERN = '^(\\d+d)?(\\d+h)?(\\d+m)?(\\d+s)?(\\d+ms)?$';

/** Reads `90s`, `1h30m` or `250ms` as milliseconds; undefined when `text` is not a duration. */
export function parseDuration(text: string): number | undefined {
  if (text === '' || !new RegExp(DURATION_PATTERN).test(text)) return undefined;
  let totalMs = 0;
  for (const [, digits, unit] of text.matchAll(/(\d+)(ms|[smhd])/g)) {
    totalMs += Number(digits) * UNIT_MS[unit as keyof typeof UNIT_MS];
  }
  return Number.isSafeInteger(totalMs) ? totalMs : undefined;
}

/** Writes milliseconds the way a person would: `250ms`, `4.2s`, `90s`, `1h30m`. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)}ms`;
  if (ms < 10_000 && ms % 1_000 !== 0) return `${(ms / 1_000).toFixed(1)}s`;
  let rest = Math.round(ms / 1_000);
  if (rest <= 90) return `${rest}s`;
  let text = '';
  for (const [unit, seconds] of [
    ['d', 86_400],
    ['h', 3_600],
    ['m', 60],
    ['s', 1],
  ] as const) {
    const count = Math.floor(rest / seconds);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * seconds;
  }
  return text;
}
