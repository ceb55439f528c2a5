import { expect, test } from 'vitest';
import { plainFindings } from './plain-value.ts';

test.each([null, 'a', 1, true, [], {}, { a: undefined, b: [{ c: [1] }] }, Object.create(null)])(
  'lets %j pass',
  (value) => {
    expect(plainFindings(value)).toEqual([]);
  },
);

test.each<[string, unknown, readonly [string, string]]>([
  ['a function', { a: { b: () => 1 } }, ['a.b', 'must be plain data, but is a function']],
  ['a date', { a: new Date(0) }, ['a', 'must be plain data, but is of class Date']],
  ['a number that is none', [0, NaN], ['[1]', 'must be plain data, but is NaN']],
  ['a big number', { 'a.b': 1n }, ['["a.b"]', 'must be plain data, but is a bigint']],
  ['a hole', [undefined], ['[0]', 'is undefined']],
])('finds %s', (_, value, [path, reason]) => {
  expect(plainFindings(value)).toMatchObject([{ path, reason }]);
});

test('finds what contains itself', () => {
  const loop: { inside?: unknown } = {};
  loop.inside = loop;
  expect(plainFindings(loop)[0]?.reason).toContain('in itself');
});
