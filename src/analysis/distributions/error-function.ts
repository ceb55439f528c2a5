const TWO_OVER_ROOT_PI = 1.1283791670955126;
const ROOT_PI = 1.7724538509055159;

/** From here on the continued fraction converges fast, and `1 - erf` would lose digits. */
const FRACTION_FROM = 2.5;

/** Beyond this `exp(-x²)` is below the smallest number. */
const LARGEST = 27.3;

/** The error function, `2/√π ∫₀ˣ exp(-t²) dt`. */
export function erf(x: number): number {
  if (Math.abs(x) < FRACTION_FROM) return series(x);
  return x > 0 ? 1 - erfc(x) : erfc(-x) - 1;
}

/** The complementary error function `1 - erf(x)`, to full relative precision for large `x` too. */
export function erfc(x: number): number {
  if (x < FRACTION_FROM) return x > -FRACTION_FROM ? 1 - series(x) : 2 - erfc(-x);
  return x > LARGEST ? 0 : Math.exp(-x * x) * scaledErfc(x);
}

/** All terms have the sign of `x`, so nothing cancels (DLMF 7.6.2). */
function series(x: number): number {
  const square = 2 * x * x;
  let term = x;
  let sum = x;
  for (let odd = 3; Math.abs(term) > Math.abs(sum) * 1e-17; odd += 2) {
    term *= square / odd;
    sum += term;
  }
  return TWO_OVER_ROOT_PI * Math.exp(-x * x) * sum;
}

/** `exp(x²)·erfc(x)` by its continued fraction (DLMF 7.9.1), from the back; the larger `x`, the fewer levels. */
function scaledErfc(x: number): number {
  let tail = x;
  for (let level = Math.ceil(10 + 320 / (x * x)); level > 0; level -= 1) tail = x + level / 2 / tail;
  return 1 / (tail * ROOT_PI);
}
