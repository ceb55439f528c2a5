import { describe, expect, it } from 'vitest';
import { FULL_SHARE } from '../../../../src/base/share.ts';
import { bucketOf, upperBoundOf, type TrackCounters } from '../../../../src/analysis/measurement.ts';
import type { TickView } from '../../../../src/client/index.ts';
import type { Plan } from '../../../../src/strategy/plan.ts';
import { Recorded } from './recorded.ts';

const ALL = { from: 0, to: 1_000, pixels: 1_000 };
const PLAN: Plan = {
  notes: [],
  steps: [
    stepOf({ stable: 90_000, canary: 10_000 }),
    stepOf({ stable: 80_000, baseline: 10_000, canary: 10_000 }),
    stepOf({ stable: 50_000, 'variant:green': 25_000, 'variant:blue': 25_000 }),
    { ...stepOf({ stable: FULL_SHARE }), mirrors: [{ track: 'canary', share: FULL_SHARE, methods: [] }] },
  ],
};

function stepOf(weights: Readonly<Record<string, number>>): Plan['steps'][number] {
  return {
    title: 'a step',
    size: {},
    weights: weights as Plan['steps'][number]['weights'],
    wait: { kind: 'none' },
    exclusive: false,
    promoting: false,
  };
}

function served(requests: number, errors: number, ms: number): TrackCounters {
  return { requests, errors, latency: [[bucketOf(ms), requests]] };
}

function tickAt(at: number, differences: Partial<TickView & TickView['tick']> = {}): TickView {
  const {
    step = 0,
    candidate = served(10, 1, 40),
    control = served(90, 0, 20),
    judgement,
    variants,
  } = differences;
  return {
    release: 3,
    step,
    at,
    tick: { ms: 2_000, candidate, control, ...(variants === undefined ? {} : { variants }) },
    judgement: judgement ?? { verdict: 'undecided', reason: '', checks: [] },
  };
}

describe('the ticks of a release', () => {
  it('become requests a second, shares of errors and latencies of both sides', () => {
    const recorded = new Recorded(PLAN);
    recorded.add([tickAt(2_000), tickAt(4_000)]);
    const { requests, errors, latency } = recorded.traffic;
    expect(requests.drawn(['stable', 'canary'], ALL)).toEqual([
      [2, 4],
      [45, 45],
      [5, 5],
    ]);
    expect(errors.newest()).toEqual(
      new Map([
        ['stable', 0],
        ['canary', 10],
      ]),
    );
    expect(latency.newest().get('stable p99')).toBeCloseTo(20, 0);
    expect(latency.newest().get('canary p50')).toBe(upperBoundOf(bucketOf(40)));
  });

  it('count once, however often they are read', () => {
    const recorded = new Recorded(PLAN);
    recorded.add([tickAt(2_000), tickAt(4_000)]);
    recorded.add([tickAt(2_000), tickAt(4_000), tickAt(6_000)]);
    expect(recorded.traffic.requests.length).toBe(3);
    expect(recorded.candidate.histogram()).toEqual([[bucketOf(40), 30]]);
    expect(recorded.lastAt).toBe(6_000);
  });

  it('leave a gap where nothing was counted', () => {
    const recorded = new Recorded(PLAN);
    recorded.add([tickAt(2_000), tickAt(60_000)]);
    expect(recorded.traffic.requests.drawn(['canary'], ALL)).toEqual([
      [2, 2, 60],
      [5, null, 5],
    ]);
  });

  it.each([
    [0, { candidate: 'canary', control: 'stable' }],
    [1, { candidate: 'canary', control: 'baseline' }],
    [2, { candidate: 'all variants', control: 'stable' }],
  ])('are named by who is compared in step %d', (step, sides) => {
    const recorded = new Recorded(PLAN);
    recorded.add([tickAt(2_000, { step })]);
    expect(recorded.sides).toEqual(sides);
  });

  it('tell several variants apart, where they were counted each by itself', () => {
    const variants = { 'variant:green': served(10, 0, 20), 'variant:blue': served(30, 3, 40) };
    const recorded = new Recorded(PLAN);
    recorded.add([
      tickAt(2_000, { step: 2, candidate: served(40, 3, 40), variants }),
      tickAt(4_000, { step: 2, variants }),
    ]);
    expect(recorded.traffic.requests.newest()).toEqual(
      new Map([
        ['stable', 45],
        ['variant:green', 5],
        ['variant:blue', 15],
      ]),
    );
    expect(recorded.traffic.errors.newest().get('variant:blue')).toBe(10);
    expect(recorded.latencies.map(({ track }) => track)).toEqual(['stable', 'variant:green', 'variant:blue']);
    expect(recorded.latencies[2]?.histogram).toEqual([[bucketOf(40), 60]]);
  });

  it('say how much of the evidence that decides is there', () => {
    const check = {
      name: 'errors',
      verdict: 'undecided',
      reason: '',
      samples: 10,
      harm: { logE: 1, logLimit: 4 },
      safe: { logE: -3, logLimit: 4 },
    } as const;
    const recorded = new Recorded(PLAN);
    recorded.add([tickAt(2_000, { judgement: { verdict: 'undecided', reason: '', checks: [check] } })]);
    expect(recorded.evidence.get('errors')?.newest()).toEqual(
      new Map([
        ['harm', 25],
        ['safe', 0],
      ]),
    );
  });

  it('say how many requests were harmed beyond stable’s share', () => {
    const recorded = new Recorded(PLAN);
    expect(recorded.failed()).toBeUndefined();
    recorded.add([tickAt(2_000), tickAt(4_000, { step: 1 })]);
    expect(recorded.failed()?.requests).toBeCloseTo(2);
    expect(recorded.slowed()?.requests).toBeCloseTo(20);
  });

  it('say of copies what became of them, and that it harmed nobody', () => {
    const recorded = new Recorded(PLAN);
    recorded.add([tickAt(2_000, { step: 3 })]);
    expect([recorded.failed(), recorded.slowed()]).toEqual([undefined, undefined]);
    expect(recorded.hasCopies).toBe(true);
    expect(recorded.candidate.histogram()).toEqual([[bucketOf(40), 10]]);
    recorded.add([tickAt(4_000)]);
    expect(recorded.failed()?.requests).toBeCloseTo(1);
  });
});
