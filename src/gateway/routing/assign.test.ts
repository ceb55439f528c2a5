import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FULL_SHARE, type Share } from '../../base/share.ts';
import type { Track } from '../../rollout/model.ts';
import { inPointOrder, partAt, pointAt, pointOf } from './assign.ts';
import { fractionSource } from './chance.ts';
import { idSource } from './sticky.ts';

/** The chi-square value that 99 cells of equal probability exceed once in a million. */
const CHI_SQUARE_99_CELLS = 181;
const CELLS = 100;

function chiSquare(points: readonly number[]): number {
  const counts = new Array<number>(CELLS).fill(0);
  for (const point of points) {
    const cell = Math.floor((point * CELLS) / FULL_SHARE);
    counts[cell] = (counts[cell] ?? 0) + 1;
  }
  const expected = points.length / CELLS;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

function parts(canary: number): { track: Track; weight: Share }[] {
  return [
    { track: 'stable', weight: (FULL_SHARE - canary) as Share },
    { track: 'canary', weight: canary as Share },
  ];
}

describe('a baseline', () => {
  it('takes users from the other end, so that nobody on the canary or on it is sent back as both grow', () => {
    const partsAt = (weight: number) => [
      { track: 'baseline' as const, weight: weight as Share },
      { track: 'stable' as const, weight: (FULL_SHARE - 2 * weight) as Share },
      { track: 'canary' as const, weight: weight as Share },
    ];
    const trackAt = (weight: number, point: number): string | undefined => {
      const ordered = inPointOrder(partsAt(weight));
      return ordered[partAt(ordered, point)]?.track;
    };
    for (let point = 0; point < FULL_SHARE; point += 499) {
      const before = trackAt(5_000, point);
      if (before !== 'stable') expect(trackAt(50_000, point)).toBe(before);
    }
    expect([trackAt(5_000, 0), trackAt(5_000, 50_000), trackAt(5_000, 99_999)]).toEqual([
      'canary',
      'stable',
      'baseline',
    ]);
  });
});

describe('the point of a user', () => {
  it('is spread evenly over random ids', () => {
    const newId = idSource();
    const points = Array.from({ length: 200_000 }, () => pointOf('shop', newId()));
    expect(chiSquare(points)).toBeLessThan(CHI_SQUARE_99_CELLS);
  });

  it.each(['', 'a', 'shop', 'a-much-longer-name-of-a-rollout'])(
    'is spread evenly over counted ids in %j',
    (rollout) => {
      const points = Array.from({ length: 100_000 }, (_, i) => pointOf(rollout, `user-${i}`));
      expect(chiSquare(points)).toBeLessThan(CHI_SQUARE_99_CELLS);
    },
  );

  it('in one Rollout says nothing about the point in another', () => {
    const onFirst = Array.from({ length: 400_000 }, (_, i) => `user-${i}`).filter(
      (id) => pointOf('a', id) < 10_000,
    );
    expect(chiSquare(onFirst.map((id) => pointOf('b', id)))).toBeLessThan(CHI_SQUARE_99_CELLS);
  });

  it('never changes between versions', () => {
    expect(['a', 'user-1', 'K-Dzpq7krHbABgdS7NRh5Q'].map((id) => pointOf('shop', id))).toMatchInlineSnapshot(`
      [
        7912,
        91621,
        57777,
      ]
    `);
  });

  it('is a whole number below 100,000', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (rollout, id) => {
        const point = pointOf(rollout, id);
        expect(Number.isInteger(point) && point >= 0 && point < FULL_SHARE).toBe(true);
      }),
    );
  });
});

describe('choosing a part', () => {
  const weight = fc.integer({ min: 0, max: FULL_SHARE });
  const point = fc.integer({ min: 0, max: FULL_SHARE - 1 });

  it('keeps everybody on the canary when its weight grows', () => {
    fc.assert(
      fc.property(weight, weight, point, (a, b, at) => {
        const [small, large] = [Math.min(a, b), Math.max(a, b)].map((canary) => inPointOrder(parts(canary)));
        if (small?.[partAt(small, at)]?.track !== 'canary') return;
        expect(large?.[partAt(large, at)]?.track).toBe('canary');
      }),
    );
  });

  it('gives a part exactly its weight of the points', () => {
    for (const canary of [0, 1, 10, 12_345, 99_999, FULL_SHARE]) {
      const ordered = inPointOrder(parts(canary));
      let count = 0;
      for (let at = 0; at < FULL_SHARE; at += 1)
        if (ordered[partAt(ordered, at)]?.track === 'canary') count += 1;
      expect(count).toBe(canary);
    }
  });

  it('finds nobody when there are no parts', () => {
    expect(partAt([], 0)).toBe(-1);
  });
});

describe('the generator of fractions', () => {
  it('is spread evenly and never starts alike', () => {
    const random = fractionSource();
    expect(chiSquare(Array.from({ length: 200_000 }, () => pointAt(random())))).toBeLessThan(
      CHI_SQUARE_99_CELLS,
    );
    expect(fractionSource()()).not.toBe(fractionSource()());
  });
});
