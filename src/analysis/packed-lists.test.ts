import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Json } from '../base/json.ts';
import { packLists, unpackLists, type PackedLists } from './packed-lists.ts';

test('packing loses nothing, through JSON too', () => {
  fc.assert(
    fc.property(
      fc.jsonValue({ maxDepth: 4 }),
      fc.array(fc.double({ noNaN: true, noDefaultInfinity: true })),
      (value, list) => {
        const long = list.map((number) => number + 0);
        const whole = JSON.parse(
          JSON.stringify([value, long, { again: long, twice: [long, value] }]),
        ) as Json;
        const packed = JSON.parse(JSON.stringify(packLists(whole))) as PackedLists;
        expect(unpackLists(packed)).toEqual(whole);
      },
    ),
  );
});

test('a long list of numbers is written once, any other where it is', () => {
  const long = [1, 2, 3, 4, 5, 6, 7];
  const letters = long.map(String);
  const { lists, rest } = packLists({ a: long, b: [...long], c: [1, 2], d: letters });
  expect(lists).toEqual([long]);
  expect(rest).toEqual({ a: { $list: 0 }, b: { $list: 0 }, c: [1, 2], d: letters });
});
