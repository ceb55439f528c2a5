import type { Drawn } from './thin.ts';

/** A part of time in a table: seconds, and from the least to the greatest value of each line in it; undefined: none. */
export interface Slice {
  readonly from: number;
  readonly to: number;
  readonly values: readonly (readonly [least: number, greatest: number] | undefined)[];
}

/** What is drawn from one moment to another in `count` parts of equal length; those without any value are left out. */
export function slicesOf(
  [places, ...lines]: Drawn,
  [from, to]: readonly [number, number],
  count: number,
): readonly Slice[] {
  const length = (to - from) / count;
  const slices = Array.from({ length: count }, (_, index) => ({
    from: from + index * length,
    to: from + (index + 1) * length,
    values: lines.map(() => [Infinity, -Infinity] as [number, number]),
  }));
  places.forEach((at, row) => {
    const slice = at === to ? slices.at(-1) : slices[Math.floor((at - from) / length)];
    slice?.values.forEach((range, line) => {
      const value = lines[line]?.[row];
      if (value === null || value === undefined) return;
      range[0] = Math.min(range[0], value);
      range[1] = Math.max(range[1], value);
    });
  });
  return slices
    .map((slice) => ({
      ...slice,
      values: slice.values.map((range) => (range[0] > range[1] ? undefined : range)),
    }))
    .filter(({ values }) => values.some((range) => range !== undefined));
}
