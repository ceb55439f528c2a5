import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from './json.ts';
import { canonicalJson } from './canonical.ts';
import { isSameJson } from './same-json.ts';

describe('equal JSON', () => {
  it.each([
    [{ a: 1, b: [1, { c: null }] }, { b: [1, { c: null }], a: 1 }, true],
    [{ a: undefined }, {}, true],
    [{}, { a: undefined }, true],
    [{ a: 0 }, { a: -0 }, true],
    [{ a: 1 }, { a: 1, b: 2 }, false],
    [{ a: 1, b: 2 }, { a: 1 }, false],
    [{ a: null }, {}, false],
    [[1, 2], [1], false],
    [[], {}, false],
    [{}, [], false],
    ['1', 1, false],
    [null, {}, false],
  ])('of %j and %j: %s', (a, b, same) => {
    expect(isSameJson(a, b)).toBe(same);
  });

  it('is equal canonical text', () => {
    const value = fc.jsonValue({ maxDepth: 3 });
    fc.assert(
      fc.property(value, value, (a, b) => {
        expect(isSameJson(a, b)).toBe(canonicalJson(a as Json) === canonicalJson(b as Json));
        expect(isSameJson(a, JSON.parse(JSON.stringify(a)))).toBe(true);
      }),
    );
  });
});
