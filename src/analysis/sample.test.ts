import { describe, expect, test } from 'vitest';
import type { Analysis } from '../rollout/model.ts';
import { addTick, judge, startEvidence } from './evidence.ts';
import { NO_REQUESTS, type CheckReading, type Tick } from './measurement.ts';
import { sampleBetween, type Planned } from './sample.ts';
import { checkOf } from './testing/limits.ts';
import { RATE } from './testing/samples.ts';

const PLANNED: Planned = { sinceMs: 1_000, candidate: 0.25, control: 0.75 };

function counts(toMs: number, events: number, epoch = 'e'): CheckReading {
  return {
    kind: 'counts',
    epoch,
    toMs,
    candidate: { trials: toMs, events },
    control: { trials: toMs, events: 0 },
  };
}

function values(toMs: number, count: number): CheckReading {
  return { kind: 'distribution', epoch: 'e', toMs, candidate: [[0, count]], control: [] };
}

function events(toMs: number, candidate: number): CheckReading {
  return { kind: 'events', epoch: 'e', toMs, candidate, control: 0 };
}

describe('two readings of a check', () => {
  test.each<[string, CheckReading | undefined, CheckReading]>([
    ['the first is the first', undefined, counts(2_000, 5)],
    ['the first is from before the step', counts(999, 1), counts(2_000, 5)],
    ['counting began anew in between', counts(1_000, 1, 'd'), counts(2_000, 5)],
    ['a counter has gone back', counts(1_000, 7), counts(2_000, 5)],
    ['time has gone back', counts(3_000, 1), counts(2_000, 5)],
    ['they are of different kinds', values(1_000, 1), counts(2_000, 5)],
    [
      'the gauge is from before the step',
      undefined,
      { kind: 'gauge', candidate: {}, control: {}, toMs: 999 },
    ],
  ])('cannot be compared when %s', (_, earlier, later) => {
    expect(sampleBetween(earlier, later, PLANNED)).toBeUndefined();
  });

  test('of counters are what was counted in between, and for how long', () => {
    expect(sampleBetween(counts(1_000, 1), counts(2_500, 5), PLANNED)).toEqual({
      kind: 'counts',
      candidate: { trials: 1_500, events: 4 },
      control: { trials: 1_500, events: 0 },
      coveredMs: 1_500,
    });
    expect(sampleBetween(values(1_000, 1), values(2_500, 5), PLANNED)).toMatchObject({
      candidate: [[0, 4]],
      coveredMs: 1_500,
    });
  });

  test('of events are held against the planned shares', () => {
    expect(sampleBetween(events(1_000, 3), events(3_000, 10), PLANNED)).toMatchObject({
      candidate: { trials: 500, events: 7 },
      control: { trials: 1_500, events: 0 },
    });
  });

  test('of gauges are the newer one', () => {
    const gauge = { kind: 'gauge', candidate: { a: 1 }, control: {} } as const;
    expect(sampleBetween(undefined, { ...gauge, toMs: 1_000 }, PLANNED)).toEqual(gauge);
    expect(sampleBetween(undefined, gauge, PLANNED)).toEqual(gauge);
  });
});

describe('a limit on events that are scraped less often than it is measured', () => {
  const SCRAPE_MS = 15_000;
  const PER_SECOND = 4;

  /** What a limit says after so many looks, one a second, at events that come at a steady pace. */
  function afterLooks(rules: Parameters<typeof checkOf>[0]): string {
    const analysis: Analysis = {
      compareTo: 'stable',
      falseAlarms: 0.01,
      warmUpMs: 0,
      undecided: 'advance',
      noData: 'hold',
      standingAA: false,
      checks: [checkOf({ failures: { limit: 0, consecutive: false }, ...rules }, RATE)],
    };
    const whole: Planned = { sinceMs: 0, candidate: 1, control: 1 };
    let evidence = startEvidence(analysis, 1);
    let before = events(0, 0);
    for (let at = 1_000; at <= 120_000; at += 1_000) {
      const toMs = Math.floor(at / SCRAPE_MS) * SCRAPE_MS;
      const now = events(toMs, (toMs / 1_000) * PER_SECOND);
      const sample = sampleBetween(before, now, whole);
      const measured = sample === undefined ? {} : { limit: sample };
      const tick: Tick = { ms: 1_000, candidate: NO_REQUESTS, control: NO_REQUESTS, measured };
      evidence = addTick(analysis, evidence, tick);
      before = now;
    }
    return judge(analysis, evidence).verdict;
  }

  test.each([
    ['is kept when it is', { min: PER_SECOND, max: PER_SECOND }, 'undecided'],
    ['is broken when it is too few', { min: PER_SECOND + 1 }, 'bad'],
    ['is broken when it is too many', { max: PER_SECOND - 1 }, 'bad'],
    ['takes no pause between scrapes for silence', { min: PER_SECOND, noValue: 'fail' }, 'undecided'],
  ] as const)('%s', (_, rules, verdict) => {
    expect(afterLooks(rules)).toBe(verdict);
  });
});
