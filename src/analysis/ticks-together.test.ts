import { describe, expect, it } from 'vitest';
import { counts, measuring, values } from '../../test/analysis/ticks.ts';
import { NO_REQUESTS, type Sample, type Tick } from './measurement.ts';
import { ticksTogether } from './ticks-together.ts';

const missing: Sample = { kind: 'missing', reason: 'the source is away' };

function together(earlier: Sample | undefined, later: Sample | undefined): Sample | undefined {
  const tick = (sample: Sample | undefined, ms: number): Tick =>
    measuring(sample === undefined ? {} : { check: sample }, ms);
  return ticksTogether(tick(earlier, 1_000), tick(later, 2_000)).measured?.['check'];
}

describe('two ticks as one', () => {
  it('have served what both have, for as long as both', () => {
    const tick = (requests: number, at: number): Tick => ({
      ms: 1_000,
      candidate: { ...NO_REQUESTS, requests, latency: [[at, requests]] },
      control: { ...NO_REQUESTS, requests: 10 * requests, errors: 1 },
      matched: { requests: 1, errors: 0 },
      variants: {
        green: { ...NO_REQUESTS, requests: 1 },
        ...(at === 4 ? { constructor: { ...NO_REQUESTS, errors: 1, requests: requests - 1 } } : {}),
      },
      plannedShare: 0.1,
    });
    expect(ticksTogether(tick(2, 5), tick(3, 4))).toEqual({
      ms: 2_000,
      candidate: {
        ...{ requests: 5, errors: 0 },
        latency: [
          [4, 3],
          [5, 2],
        ],
      },
      control: { requests: 50, errors: 2, latency: [] },
      matched: { requests: 2, errors: 0 },
      variants: {
        green: { requests: 2, errors: 0, latency: [] },
        constructor: { requests: 2, errors: 1, latency: [] },
      },
      plannedShare: 0.1,
    });
  });

  it.each<[string, Sample | undefined, Sample | undefined, Sample | undefined]>([
    ['counts', counts([1, 0], [9, 1]), counts([2, 1], [8, 0]), counts([3, 1], [17, 1])],
    ['values', values([[3, 1]], []), values([[3, 2]], [[4, 1]]), values([[3, 3]], [[4, 1]])],
    ['counts that were missing first', missing, counts([2, 1], [8, 0]), counts([2, 1], [8, 0])],
    ['counts that were missing then', counts([2, 1], [8, 0]), missing, counts([2, 1], [8, 0])],
    ['counts that began then', undefined, counts([2, 1], [8, 0]), counts([2, 1], [8, 0])],
    ['what was missing all the time', missing, missing, missing],
    [
      'gauges, of which the newest counts',
      { kind: 'gauge', candidate: { a: 1 }, control: { b: 2 } },
      { kind: 'gauge', candidate: { a: 3 }, control: { b: 4 } },
      { kind: 'gauge', candidate: { a: 3 }, control: { b: 4 } },
    ],
    [
      'counts of a source, which tells of its scrapes',
      { ...counts([1, 0], [9, 1]), coveredMs: 15_000 } as Sample,
      { ...counts([0, 0], [0, 0]), coveredMs: 0 } as Sample,
      { ...counts([1, 0], [9, 1]), coveredMs: 15_000 } as Sample,
    ],
    [
      'counts of variants',
      { ...counts([1, 0], [9, 1]), variants: { a: { trials: 1, events: 0 } } } as Sample,
      {
        ...counts([3, 1], [9, 1]),
        variants: { a: { trials: 1, events: 1 }, b: { trials: 2, events: 0 } },
      } as Sample,
      {
        ...counts([4, 1], [18, 2]),
        variants: { a: { trials: 2, events: 1 }, b: { trials: 2, events: 0 } },
      } as Sample,
    ],
  ])('measure %s', (...[, earlier, later, both]) => {
    expect(together(earlier, later)).toEqual(both);
  });
});
