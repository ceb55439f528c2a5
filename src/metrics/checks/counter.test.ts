import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { asCounters } from '../prometheus/counters.ts';
import { Counters, type Counted } from './counter.ts';
import { ScrapedSource } from './testing/scraped-source.ts';

const signal = new AbortController().signal;

/** A source, and what counts at it; our clock is `behindMs` behind the source's. */
function counting(queries: readonly string[], behindMs = 0) {
  const source = new ScrapedSource();
  const counters = new Counters('e1');
  const began = source.nowMs;
  return {
    source,
    /** Time passes, then everything is asked. */
    after: async (ms: number, jitterMs = 0): Promise<Counted> => {
      source.nowMs += ms;
      const at = source.nowMs - behindMs - jitterMs;
      return counters.read({ source, queries, as: asCounters, at }, signal);
    },
    /** Milliseconds of the source's time since the beginning, of a moment on our clock. */
    sinceBegin: (toMs: number): number => toMs + behindMs - began,
  };
}

function totals(counted: Counted): readonly number[] {
  return counted.kind === 'counted' ? counted.counts.map(({ total }) => total) : [];
}

function toMs(counted: Counted): number {
  return counted.kind === 'counted' ? counted.toMs : NaN;
}

describe('counters that are scraped at different times', () => {
  test('are counted over the same time, however scrapes and looks fall', async () => {
    const rhythm = fc.record({ everyMs: fc.integer({ min: 300, max: 20_000 }), offsetMs: fc.nat(20_000) });
    await fc.assert(
      fc.asyncProperty(rhythm, rhythm, fc.integer({ min: 200, max: 30_000 }), async (a, b, lookMs) => {
        const { source, after, sinceBegin } = counting(['a', 'b']);
        const begin = source.nowMs;
        // Events at a steady pace: what was counted tells for how long it was.
        const perMs = { a: 0.05, b: 0.2 };
        const next = { a: begin + a.offsetMs - 40_000, b: begin + b.offsetMs - 40_000 };
        const looks: { readonly at: number; readonly totals: readonly number[] }[] = [];
        for (let look = 0; look < 12; look += 1) {
          for (const [name, { everyMs }] of [['a', a] as const, ['b', b] as const]) {
            for (; next[name] <= source.nowMs; next[name] += everyMs) {
              const agoMs = source.nowMs - next[name];
              source.scrape(name, perMs[name] * (next[name] - begin + 100_000), { agoMs });
            }
          }
          const counted = await after(0);
          looks.push({ at: sinceBegin(toMs(counted)), totals: totals(counted) });
          source.nowMs += lookMs;
        }
        const first = looks[0]?.at ?? 0;
        for (const {
          at,
          totals: [ofA = 0, ofB = 0],
        } of looks) {
          expect(Math.abs(ofA - perMs.a * (at - first))).toBeLessThanOrEqual(1);
          expect(Math.abs(ofB - perMs.b * (at - first))).toBeLessThanOrEqual(1);
        }
        expect(looks.map(({ at }) => at)).toEqual(looks.map(({ at }) => at).toSorted((x, y) => x - y));
      }),
      { numRuns: 60 },
    );
  });

  test('wait for the one that has told least, and make up for it', async () => {
    const { source, after } = counting(['a', 'b']);
    source.scrape('a', 10);
    source.scrape('b', 100);
    expect(totals(await after(0))).toEqual([0, 0]);
    source.nowMs += 1_000;
    source.scrape('a', 20);
    expect(totals(await after(0))).toEqual([0, 0]);
    source.nowMs += 500;
    source.scrape('b', 130);
    expect(totals(await after(0))).toEqual([10, 20]);
    source.nowMs += 500;
    source.scrape('a', 30);
    expect(totals(await after(0))).toEqual([15, 30]);
  });

  test('do not wait for a process that is gone', async () => {
    const { source, after } = counting(['a']);
    const pods = [{ labels: { pod: '1' } }, { labels: { pod: '2' } }];
    for (let look = 0; look < 3; look += 1) {
      for (const pod of pods) source.scrape('a', look * 10, pod);
      await after(1_000);
    }
    const told: (readonly number[])[] = [];
    for (let look = 3; look < 12; look += 1) {
      source.scrape('a', look * 10, { labels: { pod: '1' } });
      told.push(totals(await after(1_000)));
    }
    expect(told[0]).toEqual([40]);
    expect(told.at(-1)).toEqual([130]);
  });
});

describe('a counter', () => {
  test('counts from when it was first asked', async () => {
    const { source, after } = counting(['a']);
    source.scrape('a', 1_000_000);
    expect(totals(await after(0))).toEqual([0]);
    source.nowMs += 1_000;
    source.scrape('a', 1_000_007);
    expect(totals(await after(0))).toEqual([7]);
  });

  test('counts nothing of what was counted before, also of series found a moment later than others', async () => {
    const { source, after } = counting(['a']);
    source.scrape('a', 1_000, { labels: { pod: '1' }, agoMs: 2_000 });
    source.scrape('a', 5_000, { labels: { pod: '2' } });
    expect(totals(await after(0))).toEqual([0]);
    source.nowMs += 1_000;
    source.scrape('a', 1_006, { labels: { pod: '1' } });
    source.scrape('a', 5_004, { labels: { pod: '2' } });
    expect(totals(await after(0))).toEqual([10]);
  });

  test('counts a series that appears later whole, and after a fall from zero', async () => {
    const { source, after } = counting(['a']);
    source.scrape('a', 100, { labels: { pod: '1' } });
    await after(0);
    source.nowMs += 1_000;
    source.scrape('a', 3, { labels: { pod: '2' } });
    source.scrape('a', 4, { labels: { pod: '1' } });
    expect(totals(await after(0))).toEqual([7]);
  });

  test('that cannot be asked keeps what it has counted, and counts the rest when it can be again', async () => {
    const { source, after } = counting(['a', 'b']);
    const both = (value: number): void => {
      source.scrape('a', value);
      source.scrape('b', value);
    };
    both(0);
    await after(0);
    source.nowMs += 1_000;
    both(5);
    expect(totals(await after(0))).toEqual([5, 5]);
    source.failure = {
      kind: 'failed',
      fault: 'source',
      reason: 'source prom: it is away',
      hint: 'Start it.',
    };
    expect(await after(1_000)).toEqual({ kind: 'missing', reason: 'source prom: it is away (Start it.)' });
    source.failure = undefined;
    source.nowMs += 1_000;
    both(9);
    expect(totals(await after(0))).toEqual([9, 9]);
  });

  test.each([
    ['unseen', () => undefined],
    [
      'speaking',
      (source: ScrapedSource) => {
        source.scrape('a', 1);
      },
    ],
    [
      'silent',
      (source: ScrapedSource) => {
        source.scrape('a', 1, { agoMs: 200_000 });
      },
    ],
  ] as const)('says when it is %s', async (state, prepare) => {
    const { source, after } = counting(['a', 'b']);
    source.scrape('b', 1);
    prepare(source);
    expect(await after(0)).toMatchObject({ counts: [{ state }, { state: 'speaking' }] });
  });

  test('dates what it has counted on our clock, and does not go back when an answer is slow', async () => {
    const { source, after, sinceBegin } = counting(['a'], 3_600_000);
    const dates: number[] = [];
    for (const jitterMs of [0, 40, 5, 80, 0]) {
      source.scrape('a', dates.length);
      dates.push(sinceBegin(toMs(await after(0, jitterMs))));
      source.nowMs += 1_000;
    }
    expect(dates).toEqual([0, 1_000, 2_000, 3_000, 4_000]);
  });

  test('follows a clock that somebody has set', async () => {
    const { source, after, sinceBegin } = counting(['a']);
    source.scrape('a', 1);
    await after(0);
    expect(sinceBegin(toMs(await after(0, 60_000)))).toBe(-60_000);
  });
});
