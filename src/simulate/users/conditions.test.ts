import { describe, expect, it } from 'vitest';
import { conditionsOf, type Situation } from './conditions.ts';
import type { Fault } from '../scenario/model.ts';
import { aVersion, V1, V2 } from '../testing/scenarios.ts';

const usual: Situation = { atMs: 1_000, ageMs: Infinity, place: 0, perSecond: 10 };
const fault: Fault = { atMs: 0, forMs: 10_000, rampMs: 2_000, errorRatio: 0.2, slowness: 3 };

describe('how a process answers', () => {
  it('is as its version does', () => {
    expect(conditionsOf(aVersion(), [], usual)).toEqual({ errorRatio: 0.001, slowness: 1 });
  });

  it('is an error before it has started up', () => {
    expect(conditionsOf(aVersion(), [], { ...usual, ageMs: 1_999 }).errorRatio).toBe(1);
  });

  it.each([
    [-1, 0],
    [1_000, 0.5],
    [2_000, 1],
    [9_999, 1],
    [10_000, 0],
  ])('is worse by a fault at %d ms with a strength of %d', (atMs, strength) => {
    const { errorRatio, slowness } = conditionsOf(aVersion(), [fault], { ...usual, atMs });
    expect(errorRatio).toBeCloseTo(0.001 + 0.2 * strength, 9);
    expect(slowness).toBeCloseTo(1 + 2 * strength, 9);
  });

  it.each<[Partial<Fault>, number, boolean]>([
    [{ version: V1 }, 0, true],
    [{ version: V2 }, 0, false],
    [{ replicas: 2 }, 1, true],
    [{ replicas: 2 }, 2, false],
  ])('is touched by a fault of %j at place %d: %s', (differences, place, isTouched) => {
    const { slowness } = conditionsOf(aVersion(), [{ ...fault, ...differences }], { ...usual, place });
    expect(slowness > 1).toBe(isTouched);
  });

  it('is slower at first, and less and less', () => {
    const version = aVersion({ warmUp: { forMs: 10_000, slowness: 2 } });
    const slownessAt = (ageMs: number): number => conditionsOf(version, [], { ...usual, ageMs }).slowness;
    expect([2_000, 7_000, 12_000, Infinity].map(slownessAt)).toEqual([2, 1.5, 1, 1]);
  });

  it.each([
    [80, 1, 0.001],
    [90, 2, 0.001],
    [99.9, 10, 0.001],
    [200, 10, 0.5005],
  ])(
    'waits and refuses with %d requests a second to a capacity of 100',
    (perSecond, slowness, errorRatio) => {
      const found = conditionsOf(aVersion({ capacity: 100 }), [], { ...usual, perSecond });
      expect(found.slowness).toBeCloseTo(slowness, 6);
      expect(found.errorRatio).toBeCloseTo(errorRatio, 6);
    },
  );

  it('never fails more than all requests', () => {
    const bad = { ...fault, rampMs: 0, errorRatio: 1 };
    expect(conditionsOf(aVersion({ errorRatio: 0.5, capacity: 1 }), [bad, bad], usual).errorRatio).toBe(1);
  });
});
