const LEVELS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/**
 * A line of small columns, oldest first, the highest at `top`. What is not known is a gap; what is there at all stands
 * above what is nothing.
 */
export function sparkline(values: readonly (number | undefined)[], top: number): string {
  return values.map((value) => (value === undefined ? ' ' : (LEVELS[levelOf(value, top)] ?? ' '))).join('');
}

function levelOf(value: number, top: number): number {
  if (value <= 0 || top <= 0) return 0;
  return Math.min(LEVELS.length - 1, Math.max(1, Math.round((value / top) * (LEVELS.length - 1))));
}
