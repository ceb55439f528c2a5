/** A place and the function's value there. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

const MOST_STEPS = 1001;
/** Absolute: for a quantity measured in millionths the answer is as good as a guess. */
const TOLERANCE = 1e-4;
const EPSILON = Number.EPSILON;

/**
 * Where `f` is zero between two places of different sign: Brent's method with the arithmetic of R's `zeroin`,
 * step by step, since for a function with jumps the answer depends on the way to it. Good to 1e-4, whatever
 * the scale; the last place tried when 1,001 steps do not suffice.
 */
export function rootBetween(f: (x: number) => number, low: Point, high: Point): number {
  if (isZero(low.y)) return low.x;
  if (isZero(high.y)) return high.x;
  let last = low;
  let best = high;
  let other = low;
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const before = best.x - last.x;
    if (Math.abs(other.y) < Math.abs(best.y)) [last, best, other] = [best, other, best];
    const tolerance = 2 * EPSILON * Math.abs(best.x) + TOLERANCE / 2;
    const half = (other.x - best.x) / 2;
    if (Math.abs(half) <= tolerance || isZero(best.y)) return best.x;
    const wanted = interpolatedStep({ last, best, other }, before, tolerance) ?? half;
    const x = best.x + atLeast(wanted, tolerance);
    last = best;
    best = { x, y: f(x) };
    if (isSameSide(best.y, other.y)) other = last;
  }
  return best.x;
}

interface Points {
  readonly last: Point;
  readonly best: Point;
  readonly other: Point;
}

/** The step that a line or an inverse parabola proposes; undefined when halving is safer. */
function interpolatedStep(points: Points, before: number, tolerance: number): number | undefined {
  const { last, best, other } = points;
  if (!(Math.abs(before) >= tolerance && Math.abs(last.y) > Math.abs(best.y))) return undefined;
  const width = other.x - best.x;
  const [p, q] = positive(last.x === other.x ? linear(points, width) : parabolic(points, width));
  const isInside = p < 0.75 * width * q - Math.abs(tolerance * q) / 2;
  return isInside && p < Math.abs((before * q) / 2) ? p / q : undefined;
}

type Fraction = readonly [p: number, q: number];

function linear({ last, best }: Points, width: number): Fraction {
  const slope = best.y / last.y;
  return [width * slope, 1 - slope];
}

function parabolic({ last, best, other }: Points, width: number): Fraction {
  const q = last.y / other.y;
  const t1 = best.y / other.y;
  const t2 = best.y / last.y;
  const p = t2 * (width * q * (q - t1) - (best.x - last.x) * (t1 - 1));
  return [p, (q - 1) * (t1 - 1) * (t2 - 1)];
}

function positive([p, q]: Fraction): Fraction {
  return p > 0 ? [p, -q] : [-p, q];
}

function atLeast(step: number, tolerance: number): number {
  if (!(Math.abs(step) < tolerance)) return step;
  return step > 0 ? tolerance : -tolerance;
}

function isSameSide(a: number, b: number): boolean {
  return (a > 0 && b > 0) || (a < 0 && b < 0);
}

/** Zero, or the smallest number next to it. */
function isZero(y: number): boolean {
  return Math.abs(y) <= Number.MIN_VALUE;
}
