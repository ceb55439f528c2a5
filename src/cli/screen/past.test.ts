import { describe, expect, it } from 'vitest';
import { aReleasingView, aRelease, THEN } from '../../../test/cli/views.ts';
import { sparkline } from '../output/sparkline.ts';
import { startsOf } from '../../client/expected.ts';
import { columnsOfPast, PAST_MS, remember, type Past } from './past.ts';

const [stable] = aReleasingView().rates;

function pastOf(moments: readonly (readonly [at: number, requestsPerSecond: number])[]): Past {
  return moments.reduce<Past>(
    (past, [at, requestsPerSecond]) => remember(past, { at, rates: [{ ...stable!, requestsPerSecond }] }),
    [],
  );
}

describe('the past', () => {
  it('is kept for some minutes, one moment for what came at once', () => {
    const past = pastOf([
      [0, 1],
      [PAST_MS - 1, 2],
      [PAST_MS + 5, 3],
      [PAST_MS + 6, 4],
    ]);
    expect(past.map(({ at }) => at)).toEqual([PAST_MS + 6]);
    const steady = pastOf(Array.from({ length: 10_000 }, (_, i) => [i * 100, i] as const));
    expect(steady.length).toBeLessThanOrEqual(PAST_MS / 500);
  });

  it('is drawn as the greatest value of each column, and a gap where nothing was seen', () => {
    const drawn = {
      track: 'stable',
      columns: 6,
      figure: ({ requestsPerSecond }: typeof stable & object) => requestsPerSecond,
    } as const;
    const column = PAST_MS / 6;
    const past = pastOf([
      [column + 1, 5],
      [column + 1_000, 9],
      [3 * column, 7],
      [6 * column - 1, 1],
    ]);
    expect(columnsOfPast(past, { ...drawn, now: 6 * column - 1 })).toEqual([
      undefined,
      9,
      undefined,
      7,
      undefined,
      1,
    ]);
    // What is drawn moves on by whole columns.
    expect(columnsOfPast(past, { ...drawn, now: 6 * column + 5 })).toEqual([
      9,
      undefined,
      7,
      undefined,
      1,
      undefined,
    ]);
  });
});

it.each<[readonly (number | undefined)[], number, string]>([
  [[0, 1, 2, 4, 8], 8, '▁▂▃▅█'],
  [[undefined, 0.001, 9], 9, ' ▂█'],
  [[0, 0], 0, '▁▁'],
])('a line of %o up to %s is "%s"', (values, top, line) => {
  expect(sparkline(values, top)).toBe(line);
});

describe('the steps that are left', () => {
  it('are expected from what each takes at least and at most', () => {
    expect(startsOf(aRelease(), 11_000)).toEqual([
      undefined,
      { leastMs: 0, mostMs: 109_000 },
      { leastMs: 10_000, mostMs: 229_000 },
      { leastMs: 10_000, mostMs: 229_000 },
    ]);
  });

  it('have no latest beginning while somebody holds the release', () => {
    const starts = startsOf(aRelease({ paused: true }), 11_000);
    expect(starts.slice(1).map((span) => span?.mostMs)).toEqual([undefined, undefined, undefined]);
    expect(startsOf({ ...aRelease(), startedAt: THEN, stage: 'grow' }, 11_000)[1]).toEqual({
      leastMs: 10_000,
      mostMs: 120_000,
    });
  });
});
