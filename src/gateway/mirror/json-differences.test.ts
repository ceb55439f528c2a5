import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ignoredPointers, jsonDifferences } from './json-differences.ts';

const differences = (a: unknown, b: unknown, ignore: readonly string[] = []): readonly string[] =>
  jsonDifferences(a, b, ignoredPointers(ignore));

describe('the differences of two JSON values', () => {
  it('are where values, kinds, keys or lengths differ', () => {
    const a = { price: 1, name: 'x', at: { by: 1 }, items: [1, 2], same: [{ deep: true }] };
    const b = { price: 2, name: ['x'], at: { of: 1 }, items: [1, 2, 3], same: [{ deep: true }] };
    expect([...differences(a, b)].sort()).toEqual(['/at/by', '/at/of', '/items/*', '/name', '/price']);
    expect(differences(1, 2)).toEqual(['/']);
    expect(differences(null, {})).toEqual(['/']);
  });

  it('leave out what is ignored, and everything below it', () => {
    const a = { ts: 1, items: [{ at: 1, name: 'a' }], 'a/b': 1 };
    const b = { ts: 2, items: [{ at: { x: 2 }, name: 'a' }], 'a/b': 2 };
    expect(differences(a, b, ['/ts', '/items/*/at', '/a~1b'])).toEqual([]);
    expect(differences(a, b, ['/ts', '/a~1b'])).toEqual(['/items/*/at']);
  });

  it('show no key that may be an id, a person or a secret', () => {
    const a = { users: { 'jo@example.com': 1, '8f3e2a11': 1, constructor: 1 } };
    expect([...differences(a, { users: {} })].sort()).toEqual(['/users/*', '/users/constructor']);
  });

  it('are none between a value and itself, and bounded between any two', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        expect(differences(a, structuredClone(a))).toEqual([]);
        expect(differences(a, b).length).toBeLessThanOrEqual(32);
      }),
    );
    const many = Object.fromEntries(
      Array.from({ length: 1_000 }, (_, i) => [
        `k${String.fromCharCode(97 + (i % 26))}${'x'.repeat(i % 20)}`,
        i,
      ]),
    );
    expect(differences(many, {}).length).toBe(32);
    let [deep, deeper]: [unknown, unknown] = [1, 2];
    for (let i = 0; i < 5_000; i += 1) [deep, deeper] = [{ a: deep }, { a: deeper }];
    expect(differences(deep, deeper)).toEqual([]);
  });
});
