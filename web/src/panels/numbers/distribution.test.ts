import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LogHistogram } from '../../../../src/analysis/measurement.ts';
import { columnsOf, Counts, cumulative, placeOf } from './distribution.ts';

const histograms = fc
  .uniqueArray(fc.tuple(fc.integer({ min: -320, max: 600 }), fc.integer({ min: 1, max: 1_000 })), {
    selector: ([index]) => index,
  })
  .map((buckets): LogHistogram => buckets.sort(([a], [b]) => a - b));

describe('counts of latencies', () => {
  it('are the sum of what was added', () => {
    const counts = new Counts();
    counts.add([[3, 2]]);
    counts.add([
      [-1, 4],
      [3, 5],
    ]);
    expect(counts.histogram()).toEqual([
      [-1, 4],
      [3, 7],
    ]);
  });
});

describe('the columns of a distribution', () => {
  it('are the same for both sides, adjoin, and are no more than can be seen', () => {
    fc.assert(
      fc.property(histograms, histograms, (one, other) => {
        const [a = [], b = []] = columnsOf([one, other]);
        expect(a.map(({ from, to }) => [from, to])).toEqual(b.map(({ from, to }) => [from, to]));
        expect(a.length).toBeLessThanOrEqual(60);
        a.slice(1).forEach(({ from }, index) => {
          expect(from).toBe(a[index]?.to);
        });
      }),
    );
  });

  it('hold every value of a side, so that their shares are all of it', () => {
    fc.assert(
      fc.property(histograms, histograms, (one, other) => {
        const [a = []] = columnsOf([one, other]);
        const sum = a.reduce((total, { share }) => total + share, 0);
        expect(sum).toBeCloseTo(one.length === 0 ? 0 : 1);
      }),
    );
  });

  it('hold each value where it belongs', () => {
    fc.assert(
      fc.property(fc.integer({ min: -320, max: 600 }), histograms, (index, other) => {
        const [a = []] = columnsOf([[[index, 3]], other]);
        const [full] = a.filter(({ share }) => share > 0);
        const bound = 2 ** (index / 32);
        expect(full?.from).toBeLessThan(bound);
        expect(full?.to).toBeGreaterThanOrEqual(bound);
      }),
    );
  });

  it('are none without values', () => {
    expect(columnsOf([[], []])).toEqual([[], []]);
  });

  it('add up to all of the values', () => {
    const [columns = []] = columnsOf([
      [
        [0, 1],
        [5, 1],
        [10, 2],
      ],
    ]);
    const shares = cumulative(columns).map(({ share }) => share);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(shares[0]).toBe(0.25);
    expect(shares.at(-1)).toBe(1);
  });

  it('give each latency its place', () => {
    const columns = [
      { from: 1, to: 10, share: 1 },
      { from: 10, to: 100, share: 0 },
    ];
    expect([1, 10, 100, 0.1, 1_000].map((ms) => placeOf(ms, columns))).toEqual([0, 0.5, 1, 0, 1]);
  });
});
