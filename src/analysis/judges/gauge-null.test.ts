import { describe, expect, test } from 'vitest';
import { alarms, memoryCheck, type Fleet } from '../../../test/analysis/gauges.ts';

/** Pods that differ by 3 % and wander by 2 %, as measured on identical machines. */
const PODS: Fleet = { candidates: 2, controls: 18, tickSeconds: 20, correlation: 0.81 };
const RUNS = 100;
/** Of a promise of 1 %, and three standard errors. */
const MOST_WRONG = 4;

const growing = (share: number) => (minute: number) => 1 + share * minute;
const risen = (factor: number) => () => factor;
const warming = (from: number, to: number, minutes: number) => (minute: number) =>
  to - (to - from) * Math.exp(-minute / minutes);
/** Memory that fills and is collected, each process in its own time. */
const sawtooth = (minute: number, phase: number): number => 0.7 + 0.6 * ((minute / 10 + phase) % 1);

describe('a release of an hour whose candidate is not worse is not called bad', () => {
  const exhaustion = { limit: 512_000_000, withinMs: 24 * 3_600_000 };
  test.each<[string, Fleet]>([
    ['alike pods', PODS],
    ['pods that wander slowly', { ...PODS, correlation: 0.99 }],
    ['pods exactly at the margin', { ...PODS, candidate: risen(1.1) }],
    ['pods that differ by 10 %', { ...PODS, offset: 0.1 }],
    ['pods that warm up to the level of the others', { ...PODS, candidate: warming(0.3, 1, 5) }],
    ['pods that warm up to a little more', { ...PODS, candidate: warming(0.3, 1.05, 3) }],
    ['five against five that wander by a third', { candidates: 5, controls: 5, wander: 0.3 }],
    ['five against five that are collected', { candidates: 5, controls: 5, common: sawtooth }],
    ['one against three that wander by a third', { candidates: 1, controls: 3, wander: 0.3 }],
    ['one against three that are collected', { candidates: 1, controls: 3, common: sawtooth }],
    ['one against one that differ by 10 %', { candidates: 1, controls: 1, offset: 0.1 }],
    ['one against one that wander by a third', { candidates: 1, controls: 1, wander: 0.3 }],
    ['one against one that are collected', { candidates: 1, controls: 1, common: sawtooth }],
  ])('%s', (_, fleet) => {
    const wrong = alarms(memoryCheck({ exhaustion }), fleet, { minutes: 60, runs: RUNS });
    expect(wrong.length).toBeLessThanOrEqual(MOST_WRONG);
  });
});

describe('the same simulation finds', () => {
  test.each<[string, Fleet, { readonly within: number; readonly median: number }]>([
    ['30 % more', { ...PODS, candidate: risen(1.3) }, { within: 10, median: 4 }],
    ['a leak of 2 % a minute', { ...PODS, candidate: growing(0.02) }, { within: 20, median: 11 }],
    ['a leak of half a percent a minute', { ...PODS, candidate: growing(0.005) }, { within: 60, median: 45 }],
    [
      'twice as much on one of four',
      { candidates: 1, controls: 3, candidate: risen(2) },
      { within: 10, median: 7 },
    ],
    [
      'three times as much on one of two',
      { candidates: 1, controls: 1, candidate: risen(3) },
      { within: 10, median: 9 },
    ],
  ])('%s', (_, fleet, { within, median }) => {
    const runs = 60;
    const found = alarms(memoryCheck(), fleet, { minutes: within, runs });
    expect(found.length).toBeGreaterThanOrEqual(0.95 * runs);
    expect(found[runs / 2] ?? Infinity).toBeLessThanOrEqual(median);
  });
});
