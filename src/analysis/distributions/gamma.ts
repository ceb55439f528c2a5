import { log1pGap } from './log1p-gap.ts';

const HALF_LN_TWO_PI = 0.9189385332046727;

/** From here on seven terms of Stirling's series are exact to the last digit. */
const STIRLING_FROM = 10;

/** `B₂ₖ / (2k(2k-1))`, the coefficients of Stirling's series (DLMF 5.11.1). */
const STIRLING = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156];

const MOST_TERMS = 1_000_000;

/** The natural logarithm of the gamma function, for `x > 0`; infinite at 0, not a number below. */
export function logGamma(x: number): number {
  if (x === 0 || x === Infinity) return Infinity;
  if (!(x > 0)) return NaN;
  if (x >= STIRLING_FROM) return (x - 0.5) * Math.log(x) - x + HALF_LN_TWO_PI + stirlingRest(x);
  let product = 1;
  let shifted = x;
  for (; shifted < STIRLING_FROM; shifted += 1) product *= shifted;
  return logGamma(shifted) - Math.log(product);
}

/** What Stirling's formula lacks: `ln Γ(x) - [(x - ½) ln x - x + ½ ln 2π]`, for `x > 0`. */
export function stirlingRest(x: number): number {
  if (x < STIRLING_FROM) return logGamma(x) - ((x - 0.5) * Math.log(x) - x + HALF_LN_TWO_PI);
  const square = 1 / (x * x);
  return STIRLING.reduceRight((sum, coefficient) => sum * square + coefficient, 0) / x;
}

/** The regularised upper incomplete gamma function, to full relative precision where it is small. */
export function gammaTail(x: number, shape: number): number {
  if (x <= 0) return 1;
  if (x === Infinity) return 0;
  // The smaller of the two tails is computed, the other is what is left.
  if (x < shape + 1) return 1 - (weight(x, shape) / shape) * lowerSeries(x, shape);
  return weight(x, shape) * upperFraction(x, shape);
}

/** `xᵃ e⁻ˣ / Γ(a)`. */
function weight(x: number, shape: number): number {
  if (shape < STIRLING_FROM) return Math.exp(shape * Math.log(x) - x - logGamma(shape));
  const gap = shape * log1pGap((x - shape) / shape, x / shape);
  return Math.exp(gap - stirlingRest(shape)) * Math.sqrt(shape / (2 * Math.PI));
}

/** `Σ xᵏ / ((a+1)…(a+k))` (DLMF 8.11.4). */
function lowerSeries(x: number, shape: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; k < MOST_TERMS && term > sum * 1e-17; k += 1) {
    term *= x / (shape + k);
    sum += term;
  }
  return sum;
}

/** The continued fraction of DLMF 8.9.2 by Lentz's method. */
function upperFraction(x: number, shape: number): number {
  let b = x + 1 - shape;
  let c = Infinity;
  let d = 1 / b;
  let product = d;
  for (let k = 1; k < MOST_TERMS; k += 1) {
    const numerator = k * (shape - k);
    b += 2;
    d = 1 / (numerator * d + b);
    c = b + numerator / c;
    const factor = c * d;
    product *= factor;
    if (Math.abs(factor - 1) < 1e-16) break;
  }
  return product;
}
