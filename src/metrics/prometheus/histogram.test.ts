import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bucketOf, quantileOf, type LogHistogram } from '../../analysis/measurement.ts';
import type { SampledSeries, SourceHistogram } from './answer.ts';
import { areClassicBuckets, classicHistograms } from './classic-histogram.ts';
import { addedSince, bothOf, inMilliseconds, inUnits, NO_VALUES } from './histogram.ts';
import { readNativeHistogram } from './native-histogram.ts';

/** Values as a client library of this schema would keep them, as the API writes them. */
function native(schema: number, values: readonly number[], zeroBound = 0): SourceHistogram {
  const counts = new Map<number, number>();
  for (const value of values.filter((one) => one > zeroBound)) {
    const index = Math.ceil(Math.log2(value) * 2 ** schema - 1e-9);
    counts.set(index, (counts.get(index) ?? 0) + 1);
  }
  const zeros = values.filter((one) => one <= zeroBound).length;
  const bound = (index: number): string => String(2 ** (index / 2 ** schema));
  const positive = [...counts].sort(([a], [b]) => a - b);
  const buckets = positive.map(([index, count]) => [0, bound(index - 1), bound(index), String(count)]);
  const zero = zeros === 0 ? [] : [[3, String(-zeroBound), String(zeroBound), String(zeros)]];
  const sum = values.reduce((a, b) => a + b, 0);
  const read = readNativeHistogram({
    count: String(values.length),
    sum: String(sum),
    buckets: [...zero, ...buckets],
  });
  if (read === undefined) throw new Error('it was not understood');
  return read;
}

/** What our own gateway would have kept of the same values. */
function own(values: readonly number[]): LogHistogram {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(bucketOf(value), (counts.get(bucketOf(value)) ?? 0) + 1);
  return [...counts].sort(([a], [b]) => a - b);
}

const seconds = fc.double({ min: 1e-4, max: 1e3, noNaN: true });
const many = fc.array(seconds, { maxLength: 30 });

describe('a native histogram', () => {
  it.each([5, 6, 7, 8])('of schema %d comes over exactly', (schema) => {
    fc.assert(
      fc.property(many, (values) => {
        expect(inUnits(native(schema, values))).toEqual(own(values.map((value) => Math.max(value, 0.001))));
      }),
    );
  });

  it.each([-4, -1, 0, 2, 4])(
    'of schema %d counts at the upper bounds of its buckets, and says how wide they are',
    (schema) => {
      fc.assert(
        fc.property(fc.array(seconds, { minLength: 1, maxLength: 30 }), (values) => {
          const histogram = native(schema, values);
          const growth = 2 ** (2 ** -schema);
          const raised = values.map(
            (value) => growth ** Math.ceil(Math.log(value) / Math.log(growth) - 1e-9),
          );
          expect(inUnits(histogram)).toEqual(own(raised.map((value) => Math.max(value, 0.001))));
          expect(histogram.growth).toBeCloseTo(growth, 6);
        }),
      );
    },
  );

  it('of seconds reads at most a quarter percent high in milliseconds', () => {
    const median = quantileOf(inMilliseconds(native(8, [0.08])), 0.5) ?? 0;
    expect(median / 80).toBeGreaterThanOrEqual(1);
    // A bucket is 2.2 % wide; the rest is the thousand that is no whole number of buckets.
    expect(median / 80).toBeLessThan(1.0219 * 1.0025);
  });

  it('counts zeros and what is below lowest, and infinity beyond the last bucket', () => {
    const read = readNativeHistogram({
      count: '10',
      sum: 'NaN',
      buckets: [
        [1, '-2', '-1', '1'],
        [3, '-0.5', '0.5', '2'],
        [0, '1', '2', '3'],
        [0, '2', '+Inf', '4'],
      ],
    });
    expect(read).toMatchObject({ count: 10, zero: 2, zeroBound: 0.5, negative: 1 });
    expect(inUnits(read ?? NO_VALUES)).toEqual([
      [bucketOf(0), 1],
      [-32, 2],
      [32, 3],
      [64, 4],
    ]);
  });

  it.each([
    undefined,
    'text',
    [],
    { count: '1', sum: '1', buckets: 'none' },
    { count: 'one', sum: '1' },
    { count: '1', sum: '1', buckets: [[0, '1', '2']] },
    { count: '1', sum: '1', buckets: [[0, '1', '2', '-3']] },
    { count: '1', sum: '1', buckets: [7] },
  ])('is not read from %j', (value) => {
    expect(readNativeHistogram(value)).toBeUndefined();
  });
});

describe('what was added to a histogram', () => {
  it('and what was there before are all of it', () => {
    fc.assert(
      fc.property(many, many, fc.constantFrom(0, 3, 5, 7), (before, added, schema) => {
        const earlier = native(schema, before);
        const later = native(schema, [...before, ...added]);
        const difference = addedSince(earlier, later);
        expect(difference?.count).toBe(added.length);
        expect(bothOf(earlier, difference ?? NO_VALUES).buckets).toEqual(later.buckets);
      }),
    );
  });

  it('is found although its buckets were made wider and its zero larger', () => {
    fc.assert(
      fc.property(many, many, fc.constantFrom(0, 2 ** -6), (before, added, zeroBound) => {
        const later = native(2, [...before, ...added], zeroBound);
        const difference = addedSince(native(4, before), later);
        if (zeroBound === 0) expect(inUnits(difference ?? NO_VALUES)).toEqual(inUnits(native(2, added)));
        expect(difference?.count).toBe(added.length);
      }),
    );
  });

  it('is unknown after anything fell', () => {
    fc.assert(
      fc.property(many, fc.array(seconds, { minLength: 1, maxLength: 30 }), (rest, lost) => {
        expect(addedSince(native(5, [...rest, ...lost]), native(5, rest))).toBeUndefined();
      }),
    );
    expect(addedSince(native(5, [1, 1]), native(5, [2, 2, 2]))).toBeUndefined();
  });
});

describe('classic buckets', () => {
  const BOUNDS = ['0.05', '0.1', '0.5', '+Inf'];
  const bucket = (
    le: string,
    pod: string,
    values: readonly (readonly [number, number])[],
  ): SampledSeries => ({
    labels: { __name__: 'x_bucket', le, pod },
    samples: values.map(([atMs, value]) => ({ atMs, value })),
  });

  it('become one histogram for each pod and scrape', () => {
    const cumulative = [1, 3, 3, 4];
    const series = BOUNDS.flatMap((le, i) => [
      bucket(le, 'a', [
        [10, cumulative[i] ?? 0],
        [20, 2 * (cumulative[i] ?? 0)],
      ]),
      bucket(le, 'b', [[15, 0]]),
    ]);
    expect(areClassicBuckets(series)).toBe(true);
    const [a, b] = classicHistograms(series);
    expect(a?.labels).toEqual({ __name__: 'x_bucket', pod: 'a' });
    expect(a?.samples.map(({ atMs }) => atMs)).toEqual([10, 20]);
    const [first, second] = (a?.samples ?? []).map((sample) =>
      'histogram' in sample ? sample.histogram : NO_VALUES,
    );
    expect(first?.count).toBe(4);
    expect(first?.growth).toBe(2);
    expect(inUnits(first ?? NO_VALUES)).toEqual(own([0.05, 0.1, 0.1, 1]));
    expect(addedSince(first ?? NO_VALUES, second ?? NO_VALUES)?.count).toBe(4);
    expect(b?.samples).toMatchObject([{ atMs: 15, histogram: { count: 0 } }]);
  });

  it('hold their values at the upper bound, whatever was counted', () => {
    fc.assert(
      fc.property(many, (values) => {
        const series = BOUNDS.map((le) =>
          bucket(le, 'a', [
            [1, values.filter((value) => value <= Number(le.replace('+Inf', 'Infinity'))).length],
          ]),
        );
        const bounds = [0.05, 0.1, 0.5];
        const raised = values.map((value) => bounds.find((bound) => value <= bound) ?? 1);
        const [sample] = classicHistograms(series)[0]?.samples ?? [];
        expect(sample !== undefined && 'histogram' in sample && inUnits(sample.histogram)).toEqual(
          own(raised),
        );
      }),
    );
  });

  it('are not seen in other numbers', () => {
    expect(areClassicBuckets([])).toBe(false);
    expect(areClassicBuckets([{ labels: { le: 'x' }, samples: [] }])).toBe(false);
    expect(areClassicBuckets([bucket('1', 'a', []), { labels: {}, samples: [] }])).toBe(false);
  });
});
