import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstFrom, thinned, type Drawn } from './thin.ts';

const values = fc.oneof({ weight: 5, arbitrary: fc.integer({ min: -1_000, max: 1_000 }) }, fc.constant(NaN));
/** Points of two lines, a while apart from each other. */
const points = fc
  .array(fc.record({ step: fc.integer({ min: 1, max: 50 }), a: values, b: values }), {
    minLength: 1,
    maxLength: 600,
    size: 'max',
  })
  .map((rows) => {
    let at = 0;
    const places = rows.map(({ step }) => (at += step));
    return {
      at: Float64Array.from(places),
      lines: [Float64Array.from(rows.map(({ a }) => a)), Float64Array.from(rows.map(({ b }) => b))],
    };
  });
const sights = fc
  .tuple(
    fc.integer({ min: 0, max: 3_000 }),
    fc.integer({ min: 1, max: 10_000 }),
    fc.integer({ min: 1, max: 80 }),
  )
  .map(([from, length, pixels]) => ({ from, to: from + length, pixels }));

function finite(list: readonly (number | null)[]): readonly number[] {
  return list.filter((value) => value !== null);
}

function within(drawn: Drawn, line: number, { from, to }: { from: number; to: number }): readonly number[] {
  const [places, ...lines] = drawn;
  return finite(
    (lines[line] ?? []).filter((_, row) => (places[row] ?? NaN) >= from && (places[row] ?? NaN) < to),
  );
}

describe('points that are drawn', () => {
  it('keep the least and the greatest value of each line in all that is seen', () => {
    fc.assert(
      fc.property(points, sights, ({ at, lines }, sight) => {
        const drawn = thinned(at, lines, sight);
        lines.forEach((line, index) => {
          const seen = [...line].filter((value, row) => {
            const place = at[row] ?? NaN;
            return place >= sight.from && place < sight.to && !Number.isNaN(value);
          });
          const kept = within(drawn, index, sight);
          expect(Math.min(...kept)).toBe(Math.min(...seen));
          expect(Math.max(...kept)).toBe(Math.max(...seen));
        });
      }),
    );
  });

  it('keep them on each pixel', () => {
    fc.assert(
      fc.property(points, sights, ({ at, lines: [line = new Float64Array()] }, sight) => {
        const drawn = thinned(at, [line], sight);
        const width = (sight.to - sight.from) / sight.pixels;
        const pixelOf = (place: number): number => Math.floor((place - sight.from) / width + 1e-9);
        const [places, drawnLine = []] = drawn;
        for (let pixel = 0; pixel < sight.pixels; pixel += 1) {
          const seen = [...line].filter(
            (value, row) => pixelOf(at[row] ?? NaN) === pixel && !Number.isNaN(value),
          );
          const kept = finite(drawnLine.filter((_, row) => pixelOf(places[row] ?? NaN) === pixel));
          expect([Math.min(...kept), Math.max(...kept)]).toEqual([Math.min(...seen), Math.max(...seen)]);
        }
      }),
    );
  });

  it('are no more than three a pixel and what goes on beyond the edges, in their order', () => {
    fc.assert(
      fc.property(points, sights, ({ at, lines }, sight) => {
        const [places] = thinned(at, lines, sight);
        expect(places.length).toBeLessThanOrEqual(3 * sight.pixels + 3);
        expect(places).toEqual([...places].sort((a, b) => a - b));
      }),
    );
  });

  it('are never other than what was measured', () => {
    fc.assert(
      fc.property(points, sights, ({ at, lines }, sight) => {
        const [, ...drawn] = thinned(at, lines, sight);
        drawn.forEach((line, index) => {
          const measured = new Set(lines[index]);
          expect(finite(line).every((value) => measured.has(value))).toBe(true);
        });
      }),
    );
  });

  it('keep a gap, however narrow it is drawn', () => {
    const at = Float64Array.from({ length: 1_000 }, (_, row) => (row < 500 ? row : row + 5_000));
    const line = Float64Array.from(at, (_, row) => (row === 499 ? NaN : 1));
    const [places, drawn = []] = thinned(at, [line], { from: 0, to: 6_000, pixels: 20 });
    const gap = drawn.indexOf(null);
    expect(places[gap]).toBe(499);
    expect(places[gap + 1]).toBe(5_500);
  });

  it('reach the edges of what is seen', () => {
    const at = Float64Array.from([0, 10, 20, 30]);
    const [places] = thinned(at, [at], { from: 12, to: 18, pixels: 100 });
    expect(places).toEqual([10, 20]);
  });
});

describe('the first place of at least a value', () => {
  it('is found in every ascending list', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 50 })),
        fc.integer({ min: -5, max: 55 }),
        (list, value) => {
          const ascending = Float64Array.from(list.sort((a, b) => a - b));
          const found = ascending.findIndex((one) => one >= value);
          expect(firstFrom(ascending, value)).toBe(found === -1 ? list.length : found);
        },
      ),
    );
  });
});
