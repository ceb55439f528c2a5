import { expect, test } from 'vitest';
import { counts, judgedBy, sequential } from '../../../test/analysis/ticks.ts';
import type { Sample } from '../measurement.ts';

/** Ten minutes of one process against three, in looks of ten seconds; restarts at the first looks. */
function looks(candidate: number, control: number): readonly Sample[] {
  return Array.from({ length: 60 }, (_, look) =>
    counts(
      [10_000, look % 5 === 0 && look / 5 < candidate ? 1 : 0],
      [30_000, look % 5 === 2 && look / 5 < control ? 1 : 0],
    ),
  );
}

const check = sequential({ kind: 'usage', of: 'restarts' }, { worseBy: 0.5 }, { name: 'restarts' });

test.each([
  ['none at all', 0, 0, 'undecided'],
  ['as many for each process', 2, 6, 'undecided'],
  ['one more', 1, 0, 'undecided'],
  ['again and again', 10, 0, 'bad'],
  ['again and again on both', 10, 12, 'undecided'],
])(
  'a candidate that restarts %s is judged by the time of processes',
  (...[, candidate, control, verdict]) => {
    expect(judgedBy(check, looks(candidate, control), 10_000).verdict).toBe(verdict);
  },
);

test('restarts are told by the hour, and below a floor they are no harm', () => {
  expect(judgedBy(check, looks(10, 3), 10_000)).toMatchObject({
    candidate: expect.closeTo(60, 6) as number,
    control: expect.closeTo(6, 6) as number,
    samples: 10,
    reason: expect.stringContaining(
      'restarts: 10 restarts of the canary, 60 an hour and process, against 6 an hour and process on stable;',
    ) as string,
  });
  expect(judgedBy({ ...check, floor: 100 }, looks(10, 0), 10_000).verdict).toBe('undecided');
  expect(judgedBy({ ...check, floor: 5 }, looks(10, 0), 10_000).verdict).toBe('bad');
});
