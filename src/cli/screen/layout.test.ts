import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compose, flow, windowStart, type Section } from './layout.ts';

const lines = (name: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${name}${index + 1}`);
const section = (name: string, rank: number, ...sizes: readonly number[]): Section => ({
  rank,
  forms: sizes.map((size) => lines(name, size)),
});

describe('sections on a screen', () => {
  const [a, b, c] = [section('a', 2, 1, 3), section('b', 1, 1, 2, 4), section('c', 3, 2)];
  const at = (rows: number): string => compose([a, b, c], ['foot'], { columns: 9, rows }).join(' ');

  it.each([
    [1, 'foot'],
    [2, 'b1 foot'],
    [3, 'a1 b1 foot'],
    [4, 'a1 b1 b2 foot'],
    [5, 'a1 b1 c1 c2 foot'],
    [6, 'a1 b1 b2 c1 c2 foot'],
    [8, 'a1 b1 b2 b3 b4 c1 c2 foot'],
    [10, 'a1 a2 a3 b1 b2 b3 b4 c1 c2 foot'],
    // What is left sets them apart, and the foot stays at the bottom.
    [11, 'a1 a2 a3  b1 b2 b3 b4 c1 c2 foot'],
    [13, 'a1 a2 a3  b1 b2 b3 b4  c1 c2  foot'],
  ])('are, on %s rows: %s', (rows, shown) => {
    expect(at(rows)).toBe(shown);
  });

  it('fill the screen, whatever they are, and no more', () => {
    const sections = fc.array(
      fc
        .tuple(fc.nat(5), fc.uniqueArray(fc.nat(12), { maxLength: 4 }))
        .map(([rank, sizes]) => section('x', rank, ...sizes.toSorted((one, other) => one - other))),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(sections, fc.integer({ min: 1, max: 40 }), (some, rows) => {
        expect(compose(some, ['one', 'two'], { columns: 5, rows })).toHaveLength(rows);
      }),
    );
  });
});

it.each([
  [['one', 'two', 'three'], 20, ['one  two  three']],
  [['one', 'two', 'three'], 8, ['one  two', 'three']],
  [['much too long', 'b'], 4, ['much too long', 'b']],
  [[], 4, []],
])('parts %o on %s columns flow to %o', (parts, width, wanted) => {
  expect(flow(parts, width)).toEqual(wanted);
});

it('a window has the chosen one in it, and no room that is wasted', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50 }), fc.nat(), fc.nat(), (all, one, other) => {
      const [index, shown] = [one % all, 1 + (other % all)];
      const start = windowStart(index, shown, all);
      expect(start).toBeGreaterThanOrEqual(0);
      expect(start + shown).toBeLessThanOrEqual(all);
      expect(index >= start && index < start + shown).toBe(true);
    }),
  );
});
