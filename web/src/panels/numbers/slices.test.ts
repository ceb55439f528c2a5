import { expect, it } from 'vitest';
import { slicesOf } from './slices.ts';

it('says from what to what each line went in each part of time', () => {
  const drawn = [
    [0, 1, 2, 11, 30],
    [5, 1, 9, 4, 7],
    [null, null, null, 2, null],
  ] as const;
  expect(slicesOf(drawn, [0, 30], 3)).toEqual([
    { from: 0, to: 10, values: [[1, 9], undefined] },
    {
      from: 10,
      to: 20,
      values: [
        [4, 4],
        [2, 2],
      ],
    },
    { from: 20, to: 30, values: [[7, 7], undefined] },
  ]);
});

it('leaves out what is beyond, and parts without anything', () => {
  expect(
    slicesOf(
      [
        [-5, 5, 99],
        [1, 2, 3],
      ],
      [0, 30],
      3,
    ),
  ).toEqual([{ from: 0, to: 10, values: [[2, 2]] }]);
});
