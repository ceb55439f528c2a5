import { extended, nextStretch, NO_TREND, short, type Trend } from './trend.ts';

/**
 * How the difference between two tracks wanders in time, from one value per block. With many units their spread tells
 * of it; with one on each side nothing else does.
 */
export interface GaugeNoise {
  readonly line: Trend;
  /** The centred sum of squares, within stretches. */
  readonly squares: number;
  /** Blocks beyond the first of each stretch. */
  readonly freedom: number;
}

/** Nothing known yet. */
export const NO_NOISE: GaugeNoise = { line: NO_TREND, squares: 0, freedom: 0 };

/** A unit is assumed to wander by this share of its level, as far as that is not measured … */
const ASSUMED_WANDER = 0.15;
/** … and by this share around a line. */
const ASSUMED_AROUND_LINE = 0.05;
/** What is assumed weighs as much as so many blocks. */
const ASSUMED_BLOCKS = 3;

/** With the difference in another block, whose middle was at `at` minutes. */
export function withDifference(
  { line, squares, freedom }: GaugeNoise,
  at: number,
  value: number,
): GaugeNoise {
  const next = extended(line, at, value);
  const isFirst = line[0] === 0;
  const added = isFirst ? 0 : (line[0] / next[0]) * (value - line[2]) ** 2;
  return { line: next, squares: short(squares + added), freedom: freedom + (isFirst ? 0 : 1) };
}

/** A step begins: what jumps between two steps is not noise. */
export function inNewStep({ line, ...sums }: GaugeNoise): GaugeNoise {
  return { line: nextStretch(line), ...sums };
}

/** The variance of the wandering of one unit at this level. `units`: how many the difference amounts to. */
export function wanderVariance({ squares, freedom }: GaugeNoise, level: number, units: number): number {
  return withAssumed(squares * units, freedom, (ASSUMED_WANDER * level) ** 2);
}

/** What is left of it beside a steady growth of the difference. */
export function wanderAroundLine(noise: GaugeNoise, level: number, units: number): number {
  const [, , , tt, tx] = noise.line;
  const left = Math.max(0, noise.squares - (tt > 0 ? (tx * tx) / tt : 0));
  return withAssumed(left * units, Math.max(0, noise.freedom - 1), (ASSUMED_AROUND_LINE * level) ** 2);
}

function withAssumed(squares: number, freedom: number, assumed: number): number {
  return (ASSUMED_BLOCKS * assumed + squares) / (ASSUMED_BLOCKS + freedom);
}
