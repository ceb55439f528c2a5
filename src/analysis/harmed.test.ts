import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { failedBeyondControl, slowedBeyondControl, type ServedTogether } from './harmed.ts';
import { bucketOf, upperBoundOf, type LogHistogram } from './measurement.ts';

function served(candidate: readonly [number, number], control: readonly [number, number]): ServedTogether {
  const side = ([requests, errors]: readonly [number, number]): ServedTogether['candidate'] => ({
    requests,
    errors,
  });
  return { candidate: side(candidate), control: side(control) };
}

/** A generator of uniform numbers that gives the same ones each time. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function failuresOf(requests: number, ratio: number, next: () => number): number {
  return Array.from({ length: requests }, next).filter((one) => one < ratio).length;
}

describe('requests that failed beyond what the control would have failed', () => {
  it('are those beyond its share of failures', () => {
    expect(failedBeyondControl([served([1_000, 60], [4_000, 40])])?.requests).toBeCloseTo(50);
  });

  it('are counted stretch by stretch, so that a bad hour for both is nobody’s harm', () => {
    const [quiet, bad] = [served([1_000, 1], [9_000, 9]), served([5_000, 500], [5_000, 500])];
    expect(failedBeyondControl([quiet, bad])?.requests).toBeCloseTo(0);
  });

  it('are not known where nothing was compared', () => {
    expect(failedBeyondControl([])).toBeUndefined();
    expect(failedBeyondControl([served([10, 10], [0, 0]), served([0, 0], [10, 1])])).toBeUndefined();
  });

  it('are never fewer than none, nor surely none after a few good answers', () => {
    const good = failedBeyondControl([served([10, 0], [10, 0])]);
    expect(good).toMatchObject({ requests: 0, low: 0 });
    expect(good?.high).toBeGreaterThan(1);
  });

  it('are within the interval in about 95 of 100 releases', () => {
    const next = numbers(7);
    const expected = 2_000 * (0.06 - 0.02);
    const hits = Array.from({ length: 400 }, () => {
      const stretch = served([2_000, failuresOf(2_000, 0.06, next)], [3_000, failuresOf(3_000, 0.02, next)]);
      return failedBeyondControl([stretch]);
    }).filter((one) => one !== undefined && one.low <= expected && expected <= one.high).length;
    expect(hits).toBeGreaterThanOrEqual(370);
    expect(hits).toBeLessThan(400);
  });

  it('stand within their interval, whatever was counted', () => {
    const side = fc
      .tuple(fc.nat(10_000), fc.nat(10_000))
      .map(([a, b]) => [Math.max(a, b), Math.min(a, b)] as const);
    const stretches = fc.array(fc.tuple(side, side).map(([one, other]) => served(one, other)));
    fc.assert(
      fc.property(stretches, (all) => {
        const harmed = failedBeyondControl(all);
        if (harmed === undefined) return;
        expect(harmed.low).toBeGreaterThanOrEqual(0);
        expect(harmed.low).toBeLessThanOrEqual(harmed.requests);
        expect(harmed.requests).toBeLessThanOrEqual(harmed.high);
      }),
    );
  });
});

describe('requests that were slowed down', () => {
  const usual: LogHistogram = [
    [bucketOf(10), 985],
    [bucketOf(40), 10],
    [bucketOf(80), 5],
  ];

  it('are those above what 99 of 100 of the control’s keep, beyond its own part of them', () => {
    const slow: LogHistogram = [
      [bucketOf(10), 150],
      [bucketOf(300), 50],
    ];
    const slowed = slowedBeyondControl(slow, usual);
    expect(slowed?.thanMs).toBe(upperBoundOf(bucketOf(40)));
    expect(slowed?.requests).toBeCloseTo(49);
  });

  it('are none when both are alike, and not known without requests', () => {
    expect(slowedBeyondControl(usual, usual)?.requests).toBeCloseTo(0);
    expect(slowedBeyondControl([], usual)).toBeUndefined();
    expect(slowedBeyondControl(usual, [])).toBeUndefined();
  });
});

describe('how many were slowed, beside how many are known to be', () => {
  /** Answers of 20 ms in the mean, some of which take longer than they would have. */
  function answers(count: number, next: () => number, slow: { share: number; by: number }) {
    const counts = new Map<number, number>();
    let slowed = 0;
    for (let index = 0; index < count; index += 1) {
      const usual = -20 * Math.log(1 - next());
      const isSlowed = next() < slow.share;
      if (isSlowed) slowed += 1;
      const bucket = bucketOf(isSlowed ? usual * slow.by : usual);
      counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
    }
    return { slowed, histogram: [...counts].sort(([a], [b]) => a - b) };
  }

  /** The share that takes longer. */
  function beyondMs(ms: number, { share, by }: { share: number; by: number }): number {
    return (1 - share) * Math.exp(-ms / 20) + share * Math.exp(-ms / (20 * by));
  }

  const NOBODY = { share: 0, by: 1 };
  const RUNS = 100;

  it.each([
    ['nobody, of many', 1_000, NOBODY],
    ['nobody, of few', 40, NOBODY],
    ['all a little', 1_000, { share: 1, by: 1.3 }],
    ['one of 20 very much', 1_000, { share: 0.05, by: 5 }],
    ['a few of few', 60, { share: 0.3, by: 4 }],
  ])('holds what is so in 95 of 100, and is no more than who was slowed: %s', (_, requests, slow) => {
    const next = numbers(11);
    const all = Array.from({ length: RUNS }, () => {
      const candidate = answers(requests, next, slow);
      const harmed = slowedBeyondControl(candidate.histogram, answers(1_500, next, NOBODY).histogram);
      if (harmed === undefined) throw new Error('nothing was compared');
      const expected = requests * (beyondMs(harmed.thanMs, slow) - beyondMs(harmed.thanMs, NOBODY));
      return { ...harmed, expected, slowed: candidate.slowed };
    });
    const holds = all.filter(({ low, high, expected }) => low <= expected + 1e-9 && expected <= high + 1e-9);
    expect(holds.length).toBeGreaterThanOrEqual(0.93 * RUNS);
    expect(all.filter(({ low, slowed }) => low > slowed).length).toBeLessThanOrEqual(0.05 * RUNS);
    // That there was surely none is said by chance at most.
    expect(all.filter(({ high }) => high === 0).length).toBeLessThanOrEqual(0.03 * RUNS);
  });

  it('shows all that were slowed a little, most of whom are quicker than one of 100 always was', () => {
    const next = numbers(5);
    const [candidate, control] = [
      answers(4_000, next, { share: 1, by: 1.3 }).histogram,
      answers(8_000, next, NOBODY).histogram,
    ];
    const slowed = slowedBeyondControl(candidate, control);
    expect(slowed?.kept).toBe(0.5);
    expect(slowed?.low).toBeGreaterThan(150);
  });

  it('is not known where too little was timed', () => {
    const few: LogHistogram = [[bucketOf(10), 99]];
    expect(slowedBeyondControl([[bucketOf(900), 50]], few)).toBeUndefined();
  });
});
