import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LogHistogram } from '../measurement.ts';
import {
  addToRun,
  EMPTY_RUN,
  halved,
  quantileBucket,
  runQuantile,
  totalOf,
  type BucketRun,
} from './bucket-run.ts';

const histograms: fc.Arbitrary<LogHistogram> = fc
  .uniqueArray(fc.tuple(fc.integer({ min: -400, max: 1_400 }), fc.integer({ min: 1, max: 50 })), {
    selector: ([index]) => index,
    minLength: 1,
  })
  .map((rows) => rows.sort(([a], [b]) => a - b));

function runOf(...added: readonly LogHistogram[]): BucketRun {
  return added.reduce(addToRun, EMPTY_RUN);
}

describe('a run of buckets', () => {
  test('holds every value, in 360 buckets at most, however far they lie apart', () => {
    fc.assert(
      fc.property(fc.array(histograms), (added) => {
        const run = runOf(...added);
        expect(totalOf(run)).toBe(added.flat().reduce((sum, [, count]) => sum + count, 0));
        expect(run.counts.length).toBeLessThanOrEqual(360);
      }),
    );
  });

  test('keeps each value in its own bucket where they lie within a factor of 2,400', () => {
    const near = histograms.map((rows) => rows.filter(([index]) => index >= 0 && index < 360));
    fc.assert(
      fc.property(fc.array(near), (added) => {
        const run = runOf(...added);
        const counts = new Map<number, number>();
        for (const [index, count] of added.flat()) counts.set(index, (counts.get(index) ?? 0) + count);
        for (const [index, count] of counts) expect(run.counts[index - run.from]).toBe(count);
      }),
    );
  });

  test('a value far from the others does not blur them, and shares the bucket at its end', () => {
    const usual: LogHistogram = [[200, 40], [260, 40], [300, 20]]; // prettier-ignore
    const run = runOf([[-300, 1]], usual, [[1_200, 1]]);
    expect(quantileBucket(run, 0.5)).toBe(260);
    expect(quantileBucket(run, 0.9)).toBe(300);
    expect(quantileBucket(run, 1)).toBe(run.from + run.counts.length - 1);
  });

  test('half of it has the same shape', () => {
    const run = runOf([[100, 1], [150, 80], [200, 20], [210, 1]]); // prettier-ignore
    expect(halved(run)).toEqual({ from: 150, counts: [40, ...new Array<number>(49).fill(0), 10] });
    expect(halved(runOf([[5, 1]]))).toEqual(EMPTY_RUN);
  });

  test('without values has no quantile', () => {
    expect(runQuantile(EMPTY_RUN, 0.5)).toBeUndefined();
  });
});
