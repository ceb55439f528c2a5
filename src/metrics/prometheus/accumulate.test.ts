import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countSamples, neededSince, startAccumulation, type Accumulation } from './accumulate.ts';
import type { NumberSample, SampledSeries, SamplesAnswer } from './answer.ts';
import { inUnits } from './histogram.ts';
import { readNativeHistogram } from './native-histogram.ts';

type Window = readonly [fromMs: number, evaluatedMs: number];

function found(series: readonly SampledSeries[], ...[fromMs, evaluatedMs]: Window): SamplesAnswer {
  if (series.length === 0) return { kind: 'empty', fromMs, evaluatedMs };
  return { kind: 'series', series, fromMs, evaluatedMs, scraped: true, warnings: [] };
}

/** The value of an expression. */
function computed(atMs: number, value: number): SamplesAnswer {
  const series = [{ labels: {}, samples: [{ atMs, value }] }];
  return { kind: 'series', series, fromMs: atMs - 300, evaluatedMs: atMs, scraped: false, warnings: [] };
}

function pod(name: string, ...samples: readonly (readonly [atMs: number, value: number])[]): SampledSeries {
  return { labels: { pod: name }, samples: samples.map(([atMs, value]) => ({ atMs, value })) };
}

function after(...answers: readonly SamplesAnswer[]): Accumulation {
  return answers.reduce(countSamples, startAccumulation('e1'));
}

describe('the total of several counters', () => {
  it('begins where counting begins', () => {
    expect(after(found([pod('a', [10, 5], [20, 7])], 0, 30)).total).toBe(0);
    expect(after(found([pod('a', [20, 7])], 0, 30), found([pod('a', [40, 9])], 25, 50)).total).toBe(2);
  });

  it('counts a fall from zero', () => {
    const state = after(
      found([pod('a', [10, 100])], 0, 10),
      found([pod('a', [20, 130], [30, 4], [40, 6])], 5, 40),
    );
    expect(state).toMatchObject({ total: 36, resets: 1, atMs: 40 });
  });

  it('counts a series whole that appeared while nothing was missed', () => {
    expect(after(found([], 0, 10), found([pod('a', [15, 3], [20, 8])], 5, 20)).total).toBe(8);
    expect(
      after(found([pod('a', [9, 1])], 0, 10), found([pod('a', [19, 1]), pod('b', [15, 3])], 5, 20)).total,
    ).toBe(3);
  });

  it('begins a series where it was first seen when it may have been missed', () => {
    expect(after(found([], 0, 10), found([pod('a', [15, 3], [20, 8])], 12, 20)).total).toBe(5);
  });

  it('keeps what a series has counted that is gone, and goes on when it comes back', () => {
    const before = [found([pod('a', [9, 1])], 0, 10), found([pod('a', [19, 5])], 5, 20)];
    expect(after(...before, found([], 15, 30)).total).toBe(4);
    expect(after(...before, found([], 15, 30), found([pod('a', [39, 7])], 25, 40)).total).toBe(6);
  });

  it('makes no progress without an answer, and no mistake after it', () => {
    const failed = { kind: 'failed', fault: 'source', reason: 'away' } as const;
    const before = [found([pod('a', [9, 1])], 0, 10)];
    expect(after(...before, failed)).toEqual(after(...before));
    expect(after(...before, failed, found([pod('a', [39, 4])], 5, 40)).total).toBe(3);
  });

  it('passes over what comes late', () => {
    const before = [found([pod('a', [9, 5])], 0, 10), found([pod('a', [19, 7])], 5, 20)];
    expect(after(...before, found([pod('a', [15, 1], [29, 8])], 5, 30))).toMatchObject({
      total: 3,
      resets: 0,
    });
  });

  it.each([NaN, Infinity, -Infinity, -1])('passes over %d', (value) => {
    expect(
      after(found([pod('a', [9, 1])], 0, 10), found([pod('a', [15, value], [19, 4])], 5, 20)).total,
    ).toBe(3);
  });

  it('does not count the rest of a sum again that fell because one of its series went', () => {
    const state = after(computed(10, 1_000), computed(20, 600), computed(30, 610));
    expect(state).toMatchObject({ total: 10, resets: 0, unexplained: 1 });
  });

  it('needs samples from where the slowest series that still speaks has ended', () => {
    const pods = [pod('a', [500_000, 1]), pod('b', [507_000, 1]), pod('c', [200_000, 1])];
    const state = after(found(pods, 0, 510_000));
    expect(neededSince(state)).toBe(500_000);
    expect(neededSince(startAccumulation('e1'))).toBeUndefined();
  });

  it('needs only what may have been scraped a moment ago when no series speaks', () => {
    const silent = after(found([pod('a', [200_000, 1])], 0, 510_000));
    expect(neededSince(silent)).toBe(495_000);
    expect(neededSince(after(found([], 0, 510_000)))).toBe(495_000);
  });

  it('is plain JSON', () => {
    const state = after(found([pod('a', [9, 1])], 0, 10), found([pod('a', [19, 5])], 5, 20));
    expect(JSON.parse(JSON.stringify(state))).toEqual(state);
  });
});

/** What a program did between two scrapes. */
type Doing = { readonly counted: number } | 'restarted';

const doings = fc.array(fc.oneof(fc.record({ counted: fc.nat(9) }), fc.constant('restarted' as const)), {
  maxLength: 40,
});

/** The scrapes of a program, one after each doing; and what a counter would have to say that forgets nothing. */
function life(history: readonly Doing[], phaseMs: number): { samples: NumberSample[]; truth: number[] } {
  const samples: NumberSample[] = [];
  const truth: number[] = [];
  let [value, total] = [0, 0];
  history.forEach((doing, index) => {
    if (doing === 'restarted') value = 0;
    else {
      value += doing.counted;
      total += doing.counted;
    }
    samples.push({ atMs: 1_000 * (index + 1) + phaseMs, value });
    truth.push(total);
  });
  return { samples, truth };
}

/** Answers of a source for these looks, each holding again what the last `overlapMs` had, some samples out of order. */
function looks(
  series: readonly SampledSeries[],
  ends: readonly number[],
  overlapMs: number,
): SamplesAnswer[] {
  return ends.map((endMs, index) => {
    const fromMs = (ends[index - 1] ?? 0) - overlapMs;
    const inside = series
      .map(({ labels, samples }) => ({
        labels,
        samples: samples.filter(({ atMs }) => atMs > fromMs && atMs <= endMs),
      }))
      .filter(({ samples }) => samples.length > 0);
    return found(inside, fromMs, endMs);
  });
}

const cuts = fc
  .uniqueArray(fc.integer({ min: 1, max: 45_000 }), { minLength: 1, maxLength: 12 })
  .map((ends) => [0, ...ends.sort((a, b) => a - b), 50_000]);

describe('the total of any counters, looked at whenever', () => {
  it('is what they counted, whatever they did and however often they began again', () => {
    fc.assert(
      fc.property(fc.array(doings, { maxLength: 4 }), cuts, fc.nat(10_000), (histories, ends, overlapMs) => {
        const lives = histories.map((history, index) => life(history, index * 7));
        const series = lives.map(({ samples }, index) => ({ labels: { pod: String(index) }, samples }));
        const truth = lives.reduce((sum, one) => sum + (one.truth.at(-1) ?? 0), 0);
        const state = after(...looks(series, ends, overlapMs));
        expect(state.total).toBe(truth);
      }),
    );
  });

  it('is the same for any looks that miss nothing, also when samples come twice or not at all', () => {
    fc.assert(
      fc.property(doings, fc.array(fc.nat(3)), fc.tuple(cuts, cuts), (history, spoilt, [some, others]) => {
        const scraped = life(history, 0).samples.flatMap((sample, index) => {
          const how = spoilt[index] ?? 0;
          if (how === 1) return [];
          return how === 0 ? [sample] : [sample, { ...sample, value: how === 2 ? sample.value : 0 }];
        });
        const series = [{ labels: {}, samples: scraped }];
        const once = after(...looks(series, some, 0)).total;
        expect(after(...looks(series, others, 20_000)).total).toBe(once);
      }),
    );
  });

  it('never falls', () => {
    fc.assert(
      fc.property(doings, cuts, (history, ends) => {
        let state = startAccumulation('e1');
        for (const answer of looks([{ labels: {}, samples: life(history, 0).samples }], ends, 3_000)) {
          const next = countSamples(state, answer);
          expect(next.total).toBeGreaterThanOrEqual(state.total);
          state = next;
        }
      }),
    );
  });

  it('is counted bucket by bucket for histograms', () => {
    const values = fc.array(fc.oneof(fc.constantFrom(0.1, 0.2, 0.4, 3), fc.constant('restarted' as const)), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(values, cuts, (history, ends) => {
        const histograms = scrapesOf(history);
        const truth = histogramOf(history.filter((one) => one !== 'restarted'));
        const state = after(...looks([{ labels: {}, samples: histograms }], ends, 2_000));
        expect(inUnits(state.histogram)).toEqual(inUnits(truth));
        expect(state.histogram.count).toBe(truth.count);
      }),
    );
  });
});

function histogramOf(values: readonly number[]) {
  const buckets = [0.1, 0.2, 0.4, 3].flatMap((bound) => {
    const count = values.filter((value) => value === bound).length;
    return count === 0 ? [] : [[0, String(bound / 1.5), String(bound), String(count)]];
  });
  const sum = values.reduce((a, b) => a + b, 0);
  const read = readNativeHistogram({ count: String(values.length), sum: String(sum), buckets });
  if (read === undefined) throw new Error('it was not understood');
  return read;
}

function scrapesOf(history: readonly (number | 'restarted')[]) {
  let values: number[] = [];
  return history.map((one, index) => {
    values = one === 'restarted' ? [] : [...values, one];
    return { atMs: 1_000 * (index + 1), histogram: histogramOf(values) };
  });
}
