import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  countFor,
  formatShare,
  fractionOf,
  FULL_SHARE,
  NO_SHARE,
  parseShare,
  restOf,
  shareFor,
  shareOf,
  type Share,
} from './share.ts';

const share = fc.nat(FULL_SHARE).map((units) => units as Share);

describe('parseShare', () => {
  it.each([
    ['0%', 0],
    ['0.001%', 1],
    ['0.5%', 500],
    ['5%', 5_000],
    ['12.345%', 12_345],
    ['33.3%', 33_300],
    ['100%', 100_000],
    ['100.000%', 100_000],
  ])('reads %s exactly', (text, units) => {
    expect(parseShare(text)).toBe(units);
  });

  it.each(['', '5', '%', '-1%', '101%', '100.001%', '1000%', '0.0001%', '.5%', '5.%', '5 %', '1e1%', '5%%'])(
    'refuses %j',
    (text) => {
      expect(parseShare(text)).toBeUndefined();
    },
  );

  it('reads back what formatShare writes', () => {
    fc.assert(
      fc.property(share, (any) => {
        expect(parseShare(formatShare(any))).toBe(any);
      }),
    );
  });
});

describe('a share', () => {
  it('and its rest are the whole', () => {
    fc.assert(
      fc.property(share, (any) => {
        expect(any + restOf(any)).toBe(FULL_SHARE);
      }),
    );
  });

  it('is the one nearest to its own fraction', () => {
    fc.assert(
      fc.property(share, (any) => {
        expect(shareOf(fractionOf(any))).toBe(any);
      }),
    );
  });

  it.each([-0.1, 1.1, NaN, Infinity, -Infinity])('is not made of %d', (fraction) => {
    expect(shareOf(fraction)).toBeUndefined();
  });
});

describe('countFor', () => {
  it.each([
    [NO_SHARE, 10, 0],
    [1 as Share, 1, 1],
    [5_000 as Share, 3, 1],
    [25_000 as Share, 4, 1],
    [25_001 as Share, 4, 2],
    [50_000 as Share, 3, 2],
    [FULL_SHARE, 7, 7],
    [50_000 as Share, 0, 0],
  ])('%d of %d is %d', (of, count, expected) => {
    expect(countFor(of, count)).toBe(expected);
  });

  it('is the smallest count that is not less than the share', () => {
    fc.assert(
      fc.property(share, fc.nat(10_000), (any, count) => {
        const found = countFor(any, count);
        expect(found * FULL_SHARE >= any * count && (found - 1) * FULL_SHARE < any * count).toBe(true);
        expect(found).toBeLessThanOrEqual(count);
      }),
    );
  });
});

describe('shareFor', () => {
  it('asks for just so many of the whole', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000 }), fc.nat(1_000), (whole, any) => {
        const count = any % (whole + 1);
        expect(countFor(shareFor(count, whole), whole)).toBe(count);
      }),
    );
  });
});
