import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { betaCdfAt, betaPlace, logBeta } from './beta.ts';
import { chiSquaredTail } from './chi-squared.ts';
import { erf, erfc } from './error-function.ts';
import { gammaTail, logGamma } from './gamma.ts';
import { log1pGap } from './log1p-gap.ts';
import { normalCdf, normalQuantile, normalTail } from './normal.ts';
import { studentQuantile, studentTail } from './student.ts';

type Rows = readonly (readonly number[])[];

const golden = JSON.parse(
  readFileSync(new URL('distributions.golden.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, Rows>>;

/** Rows of arguments and the expected value, of which the computed one may differ by 1e-10 of its size. */
function complaints(name: string, compute: (...of: number[]) => number, rows = golden[name]!): string[] {
  return rows.flatMap((row) => {
    const [expected, args] = [row.at(-1)!, row.slice(0, -1)];
    const computed = compute(...args);
    const scale = Math.abs(expected);
    const isNear = computed === expected || Math.abs(computed - expected) <= 1e-10 * scale;
    return isNear ? [] : [`${name}(${args.join(', ')}) = ${computed}, expected ${expected}`];
  });
}

const betaCdf = (x: number, a: number, b: number): number => betaCdfAt({ x, y: 1 - x }, a, b);
const betaQuantile = (p: number, a: number, b: number): number => betaPlace({ x: p, y: 1 - p }, a, b).x;

const FUNCTIONS: readonly (readonly [string, (...of: number[]) => number])[] = [
  ['erf', (x) => erf(x)],
  ['erfc', (x) => erfc(x)],
  ['normalCdf', (z) => normalCdf(z)],
  ['normalTail', (z) => normalTail(z)],
  ['normalQuantile', (p) => normalQuantile(p)],
  ['logGamma', (x) => logGamma(x)],
  ['gammaTail', (x, shape) => gammaTail(x, shape)],
  ['log1pGap', (x) => log1pGap(x)],
  ['logBeta', (a, b) => logBeta(a, b)],
  ['betaCdf', (x, a, b) => betaCdf(x, a, b)],
  ['betaQuantile', (p, a, b) => betaQuantile(p, a, b)],
  ['studentTail', (t, df) => studentTail(t, df)],
  ['studentQuantile', (p, df) => studentQuantile(p, df)],
  ['chiSquaredTail', (x, df) => chiSquaredTail(x, df)],
];

describe('every distribution function', () => {
  it.each(FUNCTIONS)('%s agrees with mpmath to ten digits, tails included', (name, compute) => {
    expect(golden[name]!.length).toBeGreaterThan(7);
    expect(complaints(name, compute)).toEqual([]);
  });
});

describe('at the ends of their range', () => {
  it.each([
    ['the normal quantile of 0', normalQuantile(0), -Infinity],
    ['the normal quantile of 1', normalQuantile(1), Infinity],
    ['the normal tail of minus infinity', normalTail(-Infinity), 1],
    ['the normal tail of infinity', normalTail(Infinity), 0],
    ['Student’s quantile of 0', studentQuantile(0, 3), -Infinity],
    ['Student’s quantile of 1', studentQuantile(1, 3), Infinity],
    ['Student’s median', studentQuantile(0.5, 3), 0],
    ['Student’s tail of infinity', studentTail(Infinity, 3), 0],
    ['Student’s tail of minus infinity', studentTail(-Infinity, 3), 1],
    [
      'Student’s quantile without a limit of freedom',
      studentQuantile(0.975, Infinity),
      normalQuantile(0.975),
    ],
    ['the beta quantile of 0', betaQuantile(0, 2, 3), 0],
    ['the beta quantile of 1', betaQuantile(1, 2, 3), 1],
    ['the beta probability below 0', betaCdf(-1, 2, 3), 0],
    ['the beta probability below 2', betaCdf(2, 2, 3), 1],
    ['the chi-squared tail of 0', chiSquaredTail(0, 4), 1],
    ['the chi-squared tail of infinity', chiSquaredTail(Infinity, 4), 0],
    ['the log gamma of 0', logGamma(0), Infinity],
  ])('%s is exact', (_, computed, expected) => {
    expect(computed).toBeCloseTo(expected, 15);
  });

  it('is not a number where there is none', () => {
    const none = [
      logGamma(-1),
      normalTail(NaN),
      normalQuantile(NaN),
      betaCdf(NaN, 1, 1),
      betaQuantile(NaN, 1, 1),
    ];
    expect(none.every(Number.isNaN)).toBe(true);
  });

  it('keeps its digits for millions of trials', () => {
    expect(betaQuantile(0.025, 5e8, 5e8 + 1)).toBeCloseTo(0.5 - 1.959964 / 2 / Math.sqrt(1e9), 9);
    expect(betaQuantile(4.130376596005734e-21, 0.14428314205935464, 38401252.44384127)).toBeGreaterThan(0);
    expect(studentTail(1.959963984540054, 1e12)).toBeCloseTo(0.025, 11);
  });
});

describe('a quantile', () => {
  const size = fc.double({ min: -1, max: 9, noNaN: true }).map((exponent) => 10 ** exponent);
  const probability = fc.double({ min: 1e-30, max: 1 - 1e-9, noNaN: true });

  it('of a beta distribution has its probability below it', () => {
    fc.assert(
      fc.property(probability, size, size, (p, a, b) => {
        const place = betaPlace({ x: p, y: 1 - p }, a, b);
        fc.pre(place.x > 1e-290);
        expect(betaCdfAt(place, a, b) / p).toBeCloseTo(1, 9);
      }),
    );
  });

  it('of Student’s distribution has its probability below it', () => {
    fc.assert(
      fc.property(probability, size, (p, degreesOfFreedom) => {
        const t = studentQuantile(p, degreesOfFreedom);
        // Its square must still be a number.
        fc.pre(Math.abs(t) < 1e140);
        expect(studentTail(-t, degreesOfFreedom) / p).toBeCloseTo(1, 9);
      }),
    );
  });
});
