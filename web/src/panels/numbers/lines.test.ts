import { describe, expect, it } from 'vitest';
import { drawnTogether, Lines } from './lines.ts';

const ALL = { from: 0, to: 10_000, pixels: 10_000 };

describe('lines', () => {
  it('hold every point, however many there are', () => {
    const lines = new Lines();
    for (let at = 0; at < 1_000; at += 1) lines.push(at, { up: at, down: -at });
    const [places, up, down] = lines.drawn(['up', 'down'], ALL);
    expect(places).toEqual(Array.from({ length: 1_000 }, (_, at) => at));
    expect(up).toEqual(places);
    expect(down?.[999]).toBe(-999);
    expect(lines.span).toEqual([0, 999]);
  });

  it('begin when they are first named, and have gaps where they are not', () => {
    const lines = new Lines();
    lines.push(1, { a: 1 });
    lines.push(2, { a: 2, b: 5 });
    lines.push(3, { b: 6, a: undefined });
    expect(lines.drawn(['a', 'b', 'never'], ALL)).toEqual([
      [1, 2, 3],
      [1, 2, null],
      [null, 5, 6],
      [null, null, null],
    ]);
    expect(lines.newest()).toEqual(new Map([['b', 6]]));
  });

  it('tell what each was at a moment', () => {
    const lines = new Lines();
    lines.push(1, { a: 1 });
    lines.push(3, { a: 3, b: 5 });
    expect([0, 1, 2, 3, 4].map((at) => lines.valuesAt(at).get('a'))).toEqual([1, 1, 3, 3, undefined]);
  });

  it('forget the oldest half rather than grow for ever', () => {
    const lines = new Lines(100);
    for (let at = 0; at < 1_050; at += 1) lines.push(at, { a: at });
    expect(lines.length).toBeLessThanOrEqual(100);
    expect(lines.span?.[1]).toBe(1_049);
    const [places, a] = lines.drawn(['a'], ALL);
    expect(a).toEqual(places);
    expect(places).toEqual(Array.from({ length: places.length }, (_, row) => 1_050 - places.length + row));
  });

  it('are nothing without a point', () => {
    expect(new Lines().span).toBeUndefined();
    expect(new Lines().drawn(['a'], ALL)).toEqual([[], []]);
  });

  it('are drawn as one where they follow each other', () => {
    const [before, after] = [new Lines(), new Lines()];
    before.push(1, { a: 1 });
    after.push(2, { b: 2 });
    expect(drawnTogether([before, after], ['a', 'b'], ALL)).toEqual([
      [1, 2],
      [1, null],
      [null, 2],
    ]);
  });

  it('are drawn up to where the next begin, where both know a time', () => {
    const [before, after] = [new Lines(), new Lines()];
    for (let at = 0; at < 100; at += 1) before.push(at, { a: at });
    for (let at = 60; at < 80; at += 1) after.push(at, { a: -at });
    for (const pixels of [5, 1_000]) {
      for (const [from, to] of [
        [0, 100],
        [70, 75],
        [0, 30],
      ] as const) {
        const [places, a = []] = drawnTogether([before, after], ['a'], { from, to, pixels });
        expect(places).toEqual([...places].sort((one, other) => one - other));
        places.forEach((at, row) => {
          expect(Math.sign(a[row] ?? NaN)).toBe(at >= 60 ? -1 : Math.sign(a[row] ?? NaN));
          if (at < 60) expect(a[row]).toBeGreaterThanOrEqual(0);
        });
      }
    }
  });
});
