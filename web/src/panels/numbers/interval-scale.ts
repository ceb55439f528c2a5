import type { JudgedVariant } from '../../../../src/analysis/experiment/variants.ts';

/** Where an interval stands on a scale, 0 to 1 from left to right. */
export interface IntervalBar {
  readonly name: string;
  readonly low: number;
  readonly high: number;
  readonly estimate?: number;
}

/** Intervals on one scale, on which no effect stands at `none`. */
export interface IntervalScale {
  readonly none: number;
  readonly bars: readonly IntervalBar[];
}

const AIR = 1.1;
/** As far as the scale goes at most: thrice as much, or nothing. */
const WIDEST = 2;

/** Lays the effects of variants on one scale, as far to the left of no effect as to the right of it. */
export function intervalScale(variants: readonly JudgedVariant[]): IntervalScale {
  const ends = variants.flatMap(({ effect, interval }) => [...(interval ?? []), effect ?? null]);
  const farthest = ends.reduce<number>((most, end) => Math.max(most, Math.abs(end ?? 0)), 0.01);
  const reach = Math.min(WIDEST, farthest * AIR);
  const place = (effect: number): number => Math.min(1, Math.max(0, effect / reach / 2 + 0.5));
  return {
    none: place(0),
    bars: variants.flatMap(({ name, effect, interval }) => {
      if (interval === undefined) return [];
      const [low, high] = interval;
      return [
        {
          name,
          low: low === null ? 0 : place(low),
          high: high === null ? 1 : place(high),
          ...(effect === undefined ? {} : { estimate: place(effect) }),
        },
      ];
    }),
  };
}
