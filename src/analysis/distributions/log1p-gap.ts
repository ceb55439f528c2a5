/** Below this size the two logarithms nearly cancel, and a series is used. */
const SERIES_BELOW = 0.5;

/**
 * `ln(1 + x) - x` without cancellation. Densities near their peak are `exp` of large multiples of it, which is
 * how they keep their digits at sizes of millions. `onePlusX` may be given where the sum would lose digits.
 */
export function log1pGap(x: number, onePlusX = 1 + x): number {
  if (Math.abs(x) > SERIES_BELOW) return Math.log(onePlusX) - x;
  // ln(1+x) = 2·artanh(r) with r = x/(2+x), and 2r - x = -x·r.
  const r = x / (2 + x);
  const square = r * r;
  let power = square;
  let sum = 0;
  for (let odd = 3; power > 1e-18 * square; odd += 2) {
    sum += power / odd;
    power *= square;
  }
  return r * (2 * sum - x);
}
