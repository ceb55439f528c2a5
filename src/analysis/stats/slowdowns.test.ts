import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { LogHistogram } from '../measurement.ts';
import {
  bucketsOfMargin,
  bucketsWithin,
  FEWER_SLOWDOWNS,
  harmTerms,
  modelOf,
  safeTerms,
  SLOWDOWNS,
} from './slowdowns.ts';

/**
 * 600 log-normal latencies (median 80 ms, σ .55), a tick of a candidate slower by 30 % and of the control, and
 * the terms as numpy and scipy compute them (scripts/golden/sequential.py): `convolve` for smoothing, `interp` for
 * probabilities, `isotonic_regression` for scores.
 */
// prettier-ignore
const LEARNED = {
  from: 120,
  counts: [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2, 1, 1, 2, 2, 0, 3, 2, 2, 2, 3, 4, 3, 1, 2, 7, 2, 3, 3, 4, 5, 6, 6, 6, 3, 7, 10, 7, 6, 11, 5, 5, 6, 6, 9, 7, 4, 7, 9, 7, 9, 6, 10, 5, 13, 5, 13, 9, 8, 16, 14, 8, 18, 18, 11, 13, 11, 10, 7, 13, 10, 7, 5, 9, 8, 5, 5, 8, 7, 8, 6, 7, 4, 5, 5, 7, 9, 3, 8, 4, 2, 7, 4, 5, 2, 0, 5, 1, 6, 2, 3, 3, 4, 3, 4, 0, 1, 0, 2, 0, 0, 3, 2, 1, 0, 3, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 1],
};
// prettier-ignore
const CANDIDATE: LogHistogram = [[158, 1], [172, 1], [173, 1], [193, 1], [200, 1], [206, 2], [214, 1], [223, 1], [225, 1], [230, 1], [238, 1]];
// prettier-ignore
const CONTROL: LogHistogram = [[133, 1], [164, 2], [178, 1], [180, 2], [186, 1], [188, 1], [189, 1], [191, 1], [197, 1], [198, 2], [199, 1], [200, 1], [202, 4], [208, 1], [210, 1], [211, 2], [215, 2], [217, 1], [220, 1], [222, 1], [223, 2], [226, 1], [229, 3], [231, 1], [232, 1], [237, 1], [240, 1], [246, 1], [253, 1]];
const golden = JSON.parse(readFileSync(new URL('sequential.golden.json', import.meta.url), 'utf8')) as {
  readonly harm: readonly number[];
  readonly harmAbove210: readonly number[];
};
const SAFE = [
  1.2816583716572643, 1.2541794128776136, 1.066691065218859, 0.7807531439634932, 0.4250987102433631,
];

function model(candidate = CANDIDATE, control = CONTROL): NonNullable<ReturnType<typeof modelOf>> {
  const made = modelOf(LEARNED, { candidate, control });
  if (made === undefined) throw new Error('there is something to bet on');
  return made;
}

describe('what a tick of latencies tells', () => {
  test.each([
    ['of harm', harmTerms(model(), { shift: 2 }), golden.harm],
    ['of harm above a floor', harmTerms(model(), { shift: 2, collapse: 210 }), golden.harmAbove210],
    ['of safety', safeTerms(model(), { shift: 8 }), SAFE],
  ])('%s agrees with an independent computation', (_, terms, expected) => {
    expect(terms).toHaveLength(expected.length);
    terms.forEach((term, index) => {
      expect(term).toBeCloseTo(expected[index] ?? NaN, 9);
    });
  });

  test('there are fifteen ways of being slower', () => {
    expect(SLOWDOWNS).toHaveLength(15);
  });

  test('and eight of being too small, each as among the others', () => {
    expect(FEWER_SLOWDOWNS).toHaveLength(8);
    const all = harmTerms(model(), { shift: 2 });
    harmTerms(model(), { shift: 2, isReversed: true }).forEach((term, index) => {
      const same = SLOWDOWNS.findIndex(({ factor, tail }) => {
        const one = FEWER_SLOWDOWNS[index];
        return one?.factor === factor && one.tail === tail;
      });
      expect(term).toBe(all[same]);
    });
  });

  test('without one of the arms, or with too little to learn from, nothing is bet', () => {
    expect(modelOf(LEARNED, { candidate: [], control: CONTROL })).toBeUndefined();
    expect(modelOf(LEARNED, { candidate: CANDIDATE, control: [] })).toBeUndefined();
    const few = { from: 190, counts: [10, 9, 10] };
    expect(modelOf(few, { candidate: CANDIDATE, control: CONTROL })).toBeUndefined();
  });

  test('values that were never seen before are scored', () => {
    const terms = harmTerms(model([[700, 20]], [[-300, 180]]), { shift: 2 });
    expect(terms.every(Number.isFinite)).toBe(true);
    expect(Math.max(...terms)).toBeGreaterThan(5);
  });

  test('everything within the floor is equal', () => {
    const terms = harmTerms(model([[300, 20]], [[100, 180]]), { shift: 2, collapse: 400 });
    for (const term of terms) expect(term).toBeLessThan(0.01);
    expect(Math.min(...terms)).toBeGreaterThan(-0.1);
  });
});

describe('margins in whole buckets', () => {
  test.each([
    [1.03, 2],
    [2 ** (1 / 32), 1],
    [2 ** (1 / 32) + 1e-6, 2],
    [1.1, 5],
    [2, 32],
    [1, 0],
  ])('a harm margin of %d is held by %d buckets', (ratio, buckets) => {
    expect(bucketsOfMargin(ratio)).toBe(buckets);
  });

  test.each([
    [1.5, 18],
    [2, 32],
    [1.03, 1],
  ])('in a safety margin of %d fit %d buckets', (ratio, buckets) => {
    expect(bucketsWithin(ratio)).toBe(buckets);
  });
});
