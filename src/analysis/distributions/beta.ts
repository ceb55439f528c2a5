import { logGamma, stirlingRest } from './gamma.ts';
import { log1pGap } from './log1p-gap.ts';

/** From here on gamma functions are compared by what Stirling's formula leaves of them, not subtracted. */
const LARGE = 10;

const MOST_TERMS = 1_000_000;
const TINY = 1e-300;

/** Beyond this a place can hardly be told from 0. */
const LEAST_LOGIT = -700;

/** A place between 0 and 1 by its distances from both ends, so that neither is lost in rounding. */
export interface Place {
  readonly x: number;
  /** `1 - x`. */
  readonly y: number;
}

/** The natural logarithm of the beta function `Γ(a)Γ(b)/Γ(a+b)`, for positive `a` and `b` of any size. */
export function logBeta(a: number, b: number): number {
  const small = Math.min(a, b);
  const large = Math.max(a, b);
  if (large < LARGE) return logGamma(small) + logGamma(large) - logGamma(small + large);
  const rests = stirlingRest(large) - stirlingRest(small + large);
  if (small < LARGE) {
    const shrink = small - small * Math.log(small + large) - (large - 0.5) * Math.log1p(small / large);
    return logGamma(small) + rests + shrink;
  }
  const share = small / (small + large);
  const middle = (small - 0.5) * Math.log(share) + large * Math.log1p(-share);
  return 0.5 * Math.log((2 * Math.PI) / large) + stirlingRest(small) + rests + middle;
}

/** The probability that a Beta(a, b) variable is at most `place`, to full relative precision where it is small. */
export function betaCdfAt({ x, y }: Place, a: number, b: number): number {
  if (!(x > 0)) return x <= 0 ? 0 : NaN;
  if (!(y > 0)) return y <= 0 ? 1 : NaN;
  const isBelowMiddle = x * (b + 1) < y * (a + 1);
  return isBelowMiddle ? nearTail({ x, y }, a, b) : 1 - nearTail({ x: y, y: x }, b, a);
}

function nearTail(place: Place, a: number, b: number): number {
  return Math.exp(logDensity(place, a, b)) * densities(place, a, b);
}

/** The place below which a Beta(a, b) variable is with probability `p.x`. */
export function betaPlace(p: Place, a: number, b: number): Place {
  if (Number.isNaN(p.x + a + b)) return { x: NaN, y: NaN };
  if (p.x <= 0) return { x: 0, y: 1 };
  if (p.y <= 0) return { x: 1, y: 0 };
  if (p.x <= betaCdfAt(middle(a, b), a, b)) return lowerPlace(p.x, a, b);
  const { x, y } = lowerPlace(p.y, b, a);
  return { x: y, y: x };
}

/**
 * Newton's method on the logarithm of the tail, in the logit of the place. The logit of a beta variable has a
 * log-concave density, so the logarithm of its tail is concave: from the middle no step ends above the solution,
 * and from below it is reached without overshooting.
 */
function lowerPlace(p: number, a: number, b: number): Place {
  const target = Math.log(p);
  let logit = Math.log((a + 1) / (b + 1));
  for (let round = 0; round < 200; round += 1) {
    const place = placeAt(logit);
    const length = densities(place, a, b);
    const step = (target - logDensity(place, a, b) - Math.log(length)) * length;
    logit = Math.max(LEAST_LOGIT, logit + step);
    if (Math.abs(step) <= 1e-12 * Math.max(1, Math.abs(logit))) break;
  }
  return placeAt(logit);
}

function placeAt(logit: number): Place {
  return { x: 1 / (1 + Math.exp(-logit)), y: 1 / (1 + Math.exp(logit)) };
}

/** Where the continued fraction changes from one tail to the other. */
function middle(a: number, b: number): Place {
  return { x: (a + 1) / (a + b + 2), y: (b + 1) / (a + b + 2) };
}

/** The logarithm of `xᵃ yᵇ / B(a, b)`, the density of the logit. */
function logDensity({ x, y }: Place, a: number, b: number): number {
  if (Math.min(a, b) < LARGE) {
    const logX = x < 0.5 ? Math.log(x) : Math.log1p(-y);
    const logY = y < 0.5 ? Math.log(y) : Math.log1p(-x);
    return a * logX + b * logY - logBeta(a, b);
  }
  const total = a + b;
  const off = x * b - y * a;
  const peak = a * log1pGap(off / a, (x * total) / a) + b * log1pGap(-off / b, (y * total) / b);
  const rest = stirlingRest(total) - stirlingRest(a) - stirlingRest(b);
  return peak + rest + 0.5 * Math.log(((a / total) * b) / (2 * Math.PI));
}

/**
 * The lower tail in units of the density of the logit: DLMF 8.17.22 contracted to its even part as by DiDonato
 * and Morris (ACM TOMS 18, 1992), which keeps its digits near both ends; it converges fast below the middle.
 */
function densities({ x, y }: Place, a: number, b: number): number {
  const offset = a * y - b * x + 1;
  let c = (a / (a + 1)) * offset;
  let d = 0;
  let fraction = c;
  for (let n = 1; n < MOST_TERMS; n += 1) {
    const odd = a + 2 * n - 1;
    const w = (n * (b - n) * x) / odd;
    const alpha = ((a + n - 1) / odd) * (a + b + n - 1) * x * w;
    const beta = n + w + ((a + n) / (odd + 2)) * (offset + n * (1 + y));
    d = 1 / away(beta + alpha * d);
    c = away(beta + alpha / c);
    fraction *= c * d;
    if (Math.abs(c * d - 1) < 1e-15) break;
  }
  return 1 / fraction;
}

/** Lentz's method divides by it. */
function away(value: number): number {
  return Math.abs(value) < TINY ? TINY : value;
}
