import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../base/json.ts';
import { changesBetween, HIDDEN, withHidden, type Change, type IsSecret } from './changes.ts';

const nothing: IsSecret = () => false;
const environment: IsSecret = ([first, second]) => first === 'environment' && second !== undefined;

describe('what is different between two documents', () => {
  const cases: readonly (readonly [string, Json, Json, readonly Change[]])[] = [
    ['nothing', { a: 1, b: [{}] }, { b: [{}], a: 1 }, []],
    ['a value', { a: { b: 1 } }, { a: { b: 2 } }, [{ path: 'a.b', before: 1, after: 2 }]],
    ['a field that came', {}, { a: null }, [{ path: 'a', after: null }]],
    ['a field that went', { a: 1, b: 2 }, { b: 2 }, [{ path: 'a', before: 1 }]],
    ['a word of a command', { c: ['node', 'a'] }, { c: ['node', 'b', 'c'] }, [
      { path: 'c[1]', before: 'a', after: 'b' },
      { path: 'c[2]', after: 'c' },
    ]],
    ['a named item, wherever it is', { l: [{ name: 'x', v: 1 }, { name: 'y', v: 1 }] }, { l: [{ name: 'y', v: 2 }, { name: 'x', v: 1 }] }, [
      { path: 'l["y"].v', before: 1, after: 2 },
    ]],
    ['items of which two have one name', { l: [{ name: 'x' }, { name: 'x' }] }, { l: [{ name: 'x' }] }, [
      { path: 'l[0].name', before: 'x' },
      { path: 'l[1].name', before: 'x' },
      { path: 'l["x"].name', after: 'x' },
    ]],
    ['a list that came and one that went', { a: [], b: [1] }, { a: [1], b: [] }, [
      { path: 'a[0]', after: 1 },
      { path: 'b[0]', before: 1 },
    ]],
    ['an object that holds nothing', { a: {} }, {}, [{ path: 'a', before: {} }]],
    ['another kind of value', { a: '1' }, { a: { b: 1 } }, [{ path: 'a', before: '1' }, { path: 'a.b', after: 1 }]],
    ['a key that needs quotes', { 'a.b': 1 }, { 'a.b': 2 }, [{ path: '["a.b"]', before: 1, after: 2 }]],
  ]; // prettier-ignore
  it.each(cases)('is found: %s', (...[, before, after, changes]) => {
    expect([...changesBetween(before, after, nothing)].sort(byPath)).toEqual([...changes].sort(byPath));
  });

  it('is nothing between equal ones, and the same two ways round', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        expect(changesBetween(a as Json, structuredClone(a) as Json, nothing)).toEqual([]);
        const turned = changesBetween(b as Json, a as Json, nothing).map(({ path }) => path);
        expect(changesBetween(a as Json, b as Json, nothing).map(({ path }) => path)).toEqual(turned);
      }),
    );
  });
});

describe('a secret', () => {
  it('is said to differ, and is never shown', () => {
    const before = { environment: { KEY: 'old-secret', SAME: 'same-secret', GONE: 'gone-secret' }, b: 1 };
    const after = { environment: { KEY: 'new-secret', SAME: 'same-secret' }, b: 1 };
    const changes = changesBetween(before, after, environment);
    expect(changes).toEqual([
      { path: 'environment.GONE', before: HIDDEN },
      { path: 'environment.KEY', before: HIDDEN, after: HIDDEN },
    ]);
    expect(withHidden(after, environment)).toEqual({ environment: { KEY: HIDDEN, SAME: HIDDEN }, b: 1 });
  });
});

function byPath(a: Change, b: Change): number {
  return a.path < b.path ? -1 : 1;
}
