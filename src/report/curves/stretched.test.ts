import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Series, MOST_POINTS } from './series.ts';
import { Stretched } from './stretched.ts';

describe('things joined to stretches', () => {
  it('are all there, in their order, in stretches of one length but for the last, and not many', () => {
    fc.assert(
      fc.property(fc.nat(2_000), fc.integer({ min: 1, max: 40 }), (count, half) => {
        const most = 2 * half;
        const all = new Stretched<readonly number[]>(most, (one, other) => [...one, ...other]);
        for (let index = 0; index < count; index += 1) all.add([index]);
        const stretches = all.all();
        expect(stretches.flat()).toEqual(Array.from({ length: count }, (_, index) => index));
        expect(stretches.length).toBeLessThanOrEqual(most);
        if (count >= half) expect(stretches.length).toBeGreaterThanOrEqual(half);
        const [first = []] = stretches;
        for (const stretch of stretches.slice(0, -1)) expect(stretch).toHaveLength(first.length);
      }),
    );
  });
});

describe('a line of a chart', () => {
  it('has few points, all of them its own, with the highest and the last among them', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1_000), { minLength: 1, maxLength: 3_000 }), (values) => {
        const series = new Series();
        for (const [x, y] of values.entries()) series.add([x, y]);
        const points = series.points();
        expect(points.length).toBeLessThanOrEqual(MOST_POINTS);
        expect(points.at(-1)).toEqual([values.length - 1, values.at(-1)]);
        expect(Math.max(...points.map(([, y]) => y))).toBe(Math.max(...values));
        for (const [x, y] of points) expect(values[x]).toBe(y);
        expect(points.map(([x]) => x)).toEqual(points.map(([x]) => x).toSorted((a, b) => a - b));
      }),
    );
  });

  it('is as it was where it is short', () => {
    const series = new Series();
    const points = Array.from({ length: MOST_POINTS - 2 }, (_, x) => [x, x % 7] as const);
    for (const point of points) series.add(point);
    expect(series.points()).toEqual(points);
  });
});
