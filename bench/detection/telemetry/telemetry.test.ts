import { describe, expect, it } from 'vitest';
import { randomFrom } from '../../random.ts';
import { ArmCounts } from '../../traces.ts';
import { mishapsOf, skewed, type Arm, type Mishaps } from './faulty.ts';
import { Scrapes } from './scrapes.ts';
import type { SecondCounts } from './service.ts';
import { TickFeeds } from './ticks.ts';

const NO_MISHAPS: Mishaps = { isLost: () => false, isReset: () => false };

/** Every arm answers one request a second, in the bucket of its second; the candidate fails all of them. */
function oneEach(second: number): SecondCounts {
  const arm = (errors: number): ArmCounts => {
    const counts = new ArmCounts();
    counts.count(second);
    counts.errors = errors;
    return counts;
  };
  return { candidate: arm(1), baseline: arm(0), stable: arm(0) };
}

function scraped(seconds: number, mishaps: Mishaps = NO_MISHAPS): Scrapes {
  const scrapes = new Scrapes(mishaps);
  for (let second = 0; second < seconds; second += 1) {
    scrapes.add(second, oneEach(second));
    if (second % 10 === 9) scrapes.scrape(second);
  }
  return scrapes;
}

describe('a query', () => {
  it.each([
    [10, 1, 10],
    [120, 1, 10],
    [120, 3, 30],
    [120, 6, 60],
    [20, 6, 20],
  ] as const)('after %d s over %d scrapes holds %d requests', (seconds, window, requests) => {
    const reading = scraped(seconds).query('candidate', window);
    expect(reading).toMatchObject({ requests, errors: requests });
  });

  it('knows quantiles to within a bucket', () => {
    const reading = scraped(120).query('stable', 6);
    expect(Math.log2(reading?.median ?? 0) * 32).toBeGreaterThan(87);
    expect(Math.log2(reading?.median ?? 0) * 32).toBeLessThan(91);
  });

  it('finds no samples before the first request, and no requests after the last', () => {
    const scrapes = new Scrapes(NO_MISHAPS);
    const silent = { candidate: new ArmCounts(), baseline: new ArmCounts(), stable: new ArmCounts() };
    scrapes.add(0, silent);
    scrapes.scrape(9);
    expect(scrapes.query('candidate', 1)).toBeUndefined();
    scrapes.add(10, oneEach(10));
    scrapes.scrape(19);
    scrapes.scrape(29);
    expect(scrapes.query('candidate', 1)).toMatchObject({ requests: 0 });
  });

  it('gets the counts of a lost scrape with the next one', () => {
    const isLost = (second: number, arm?: Arm): boolean => second === 19 && arm === 'candidate';
    const mishaps = { ...NO_MISHAPS, isLost };
    expect(scraped(20, mishaps).query('candidate', 1)).toBeUndefined();
    expect(scraped(20, mishaps).query('stable', 1)).toMatchObject({ requests: 10 });
    expect(scraped(30, mishaps).query('candidate', 1)).toMatchObject({ requests: 20 });
  });

  it('misses what was counted between the last scrape and a reset', () => {
    const mishaps = { ...NO_MISHAPS, isReset: (second: number) => second === 13 };
    expect(scraped(20, mishaps).query('stable', 1)).toMatchObject({ requests: 7 });
  });
});

describe('ticks', () => {
  const schedule = { control: 'stable', everySeconds: 2, laterFrom: 0, laterEverySeconds: 2 } as const;
  const ticks = (mishaps: Mishaps): (readonly [ms: number, requests: number] | undefined)[] => {
    const feed = new TickFeeds(mishaps).of(schedule);
    return Array.from({ length: 6 }, (_, second) => {
      const tick = feed.add(second, oneEach(second));
      return tick === undefined ? undefined : ([tick.ms, tick.candidate.requests] as const);
    });
  };

  it('come when a reading is due', () => {
    expect(ticks(NO_MISHAPS)).toEqual([undefined, [2_000, 2], undefined, [2_000, 2], undefined, [2_000, 2]]);
  });

  it('are longer after a lost reading', () => {
    const mishaps = { ...NO_MISHAPS, isLost: (second: number) => second === 3 };
    expect(ticks(mishaps).slice(3)).toEqual([undefined, undefined, [4_000, 4]]);
  });

  it('are left out where a counter went backwards', () => {
    const isReset = (second: number, arm: Arm): boolean => second === 2 && arm === 'stable';
    expect(ticks({ ...NO_MISHAPS, isReset })).toEqual([
      undefined,
      [2_000, 2],
      undefined,
      undefined,
      undefined,
      [2_000, 2],
    ]);
  });

  it('are the same for all who share a schedule', () => {
    const feeds = new TickFeeds(NO_MISHAPS);
    expect(feeds.of(schedule)).toBe(feeds.of({ ...schedule }));
    expect(feeds.of({ ...schedule, control: 'baseline' })).not.toBe(feeds.of(schedule));
  });
});

describe('mishaps', () => {
  it('lose about their share of scrapes, and all in the gap, the same each time they are asked', () => {
    const mishaps = mishapsOf({ missing: { share: 0.1, gapSeconds: 90 } }, randomFrom(4));
    const lost = Array.from({ length: 3_600 }, (_, second) => mishaps.isLost(second, 'stable'));
    expect(lost).toEqual(Array.from({ length: 3_600 }, (_, second) => mishaps.isLost(second, 'stable')));
    const share = lost.filter(Boolean).length / 3_600;
    expect(share).toBeGreaterThan(0.09);
    expect(share).toBeLessThan(0.16);
  });

  it('make the candidate late and nobody else', () => {
    let second = 0;
    const late = skewed(() => oneEach(second++), 3);
    const seen = Array.from({ length: 5 }, () => {
      const { candidate, stable } = late();
      return [candidate.requests, stable.requests];
    });
    expect(seen).toEqual([[0, 1], [0, 1], [0, 1], [1, 1], [1, 1]]); // prettier-ignore
  });
});
