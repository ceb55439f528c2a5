import { describe, expect, it } from 'vitest';
import { endsAnalysis, outcomeOf } from './outcome.ts';
import { judgedWindows, type Schedule } from './schedule.ts';

const START = Date.UTC(2026, 0, 1);
const at = (minutes: number) => START + minutes * 60_000;

/** The candidate's windows in minutes since the start. */
function minutesOf(schedule: Omit<Schedule, 'startMs'>): readonly (readonly [number, number])[] {
  return judgedWindows({ startMs: START, ...schedule }).map(({ candidate: { fromMs, toMs } }) => [
    (fromMs - START) / 60_000,
    (toMs - START) / 60_000,
  ]);
}

describe('the windows of an analysis', () => {
  it('grow from the start, one judgement each interval', () => {
    expect(minutesOf({ lifetimeMinutes: 9, intervalMinutes: 3 })).toEqual([
      [0, 3],
      [0, 6],
      [0, 9],
    ]);
  });

  it('begin after the warm-up', () => {
    const windows = minutesOf({ lifetimeMinutes: 6, intervalMinutes: 3, beginAfterMinutes: 4 });
    expect(windows).toEqual([
      [4, 7],
      [4, 10],
    ]);
  });

  it('ignore the warm-up when an end is given: history is warm', () => {
    const schedule = { endMs: at(25), lifetimeMinutes: 3, intervalMinutes: 10, beginAfterMinutes: 4 };
    expect(minutesOf(schedule)).toEqual([
      [0, 10],
      [0, 20],
    ]);
  });

  it('slide with a lookback, before the start too', () => {
    expect(minutesOf({ lifetimeMinutes: 15, intervalMinutes: 5, lookbackMinutes: 5 })).toEqual([
      [0, 5],
      [5, 10],
      [10, 15],
    ]);
    expect(minutesOf({ lifetimeMinutes: 3, lookbackMinutes: 5 })).toEqual([[-2, 3]]);
  });

  it('are one over the lifetime without an interval, with 0, and with one that is too long', () => {
    for (const intervalMinutes of [undefined, 0, 11]) {
      const interval = intervalMinutes === undefined ? {} : { intervalMinutes };
      expect(minutesOf({ lifetimeMinutes: 10, ...interval })).toEqual([[0, 10]]);
    }
  });

  it('drop what is left of the lifetime, and parts of minutes', () => {
    expect(minutesOf({ lifetimeMinutes: 10, intervalMinutes: 4 })).toEqual([
      [0, 4],
      [0, 8],
    ]);
    expect(minutesOf({ endMs: at(10.9), intervalMinutes: 5 })).toEqual([
      [0, 5],
      [0, 10],
    ]);
  });

  it('lie earlier for a control that is compared with its own past', () => {
    const [window] = judgedWindows({ startMs: START, lifetimeMinutes: 10, controlOffsetMinutes: 60 });
    expect(window).toEqual({
      candidate: { fromMs: START, toMs: at(10) },
      control: { fromMs: at(-60), toMs: at(-50) },
    });
  });

  it.each([
    [{}, 'needs an end or a lifetime'],
    [{ lifetimeMinutes: 0 }, 'lasts less than a minute'],
    [{ endMs: at(-5) }, 'lasts less than a minute'],
    [{ lifetimeMinutes: 5, intervalMinutes: -1 }, 'cannot have intervalMinutes of -1'],
    [{ lifetimeMinutes: NaN }, 'cannot have lifetimeMinutes of NaN'],
    [{ endMs: Infinity }, 'holds Infinity'],
    [{ lifetimeMinutes: 1e12, intervalMinutes: 1 }, 'asks for 1000000000000 judgements'],
  ])('%j are refused', (schedule, reason) => {
    expect(() => minutesOf(schedule)).toThrow(reason);
  });
});

describe('the last word of an analysis', () => {
  it.each([
    [95, {}, true, 'No score thresholds were specified.'],
    [
      60,
      { marginal: 75, pass: 95 },
      false,
      'Final canary score 60.0 is not above the marginal score threshold.',
    ],
    [
      75,
      { marginal: 75, pass: 95 },
      false,
      'Final canary score 75.0 is not above the marginal score threshold.',
    ],
    [85, { marginal: 75 }, true, 'No pass score threshold was specified.'],
    [85, { marginal: 75, pass: 95 }, false, 'Final canary score 85.0 is below the pass score threshold.'],
    [
      95,
      { marginal: 75, pass: 95 },
      true,
      'Final canary score 95.0 met or exceeded the pass score threshold.',
    ],
    [
      97.5,
      { marginal: 75, pass: 95 },
      true,
      'Final canary score 97.5 met or exceeded the pass score threshold.',
    ],
  ] as const)('after %d with %j is %s', (...[score, thresholds, passed, message]) => {
    expect(outcomeOf([100, score], thresholds)).toEqual({ passed, message });
  });

  it('is a failure without a score', () => {
    expect(outcomeOf([], { pass: 0, marginal: 0 }).passed).toBe(false);
  });

  it('comes at once at a score that is not above marginal', () => {
    expect(endsAnalysis(75, { marginal: 75 })).toBe(true);
    expect(endsAnalysis(75.01, { marginal: 75 })).toBe(false);
    expect(endsAnalysis(0, {})).toBe(false);
  });
});
