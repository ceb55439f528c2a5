import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { randomFrom, type Random } from '../../../bench/random.ts';
import { bucketOf, type LogHistogram } from '../measurement.ts';
import { addToDrift, driftFactor, NO_DRIFT, stepOfDrift, type Drift } from './drift.ts';

function values(count: number, slowness: number, random: Random): LogHistogram {
  const buckets = new Map<number, number>();
  for (let i = 0; i < count; i += 1) {
    const bucket = bucketOf(80 * slowness * Math.exp(0.55 * random.normal()));
    buckets.set(bucket, (buckets.get(bucket) ?? 0) + 1);
  }
  return [...buckets].sort(([a], [b]) => a - b);
}

/** How slow both arms are at a second of a run in which each wanders, as a standard AR(1) process, for itself. */
type Slowness = (
  second: number,
  own: readonly [candidate: number, control: number],
) => readonly [number, number];

/** The middle factor of 21 runs of ten minutes, in steps of five. */
function usualFactor(slowness: Slowness): number {
  const factors = Array.from({ length: 21 }, (_, run) => {
    const random = randomFrom(40 + run);
    let own: [number, number] = [random.normal(), random.normal()];
    let drift = NO_DRIFT;
    for (let second = 0; second < 600; second += 4) {
      const wander = (value: number): number => 0.96 * value + Math.sqrt(1 - 0.96 ** 2) * random.normal();
      own = [wander(own[0]), wander(own[1])];
      if (second === 300) drift = stepOfDrift(drift);
      const [candidate, control] = slowness(second, own);
      const tick = { candidate: values(80, candidate, random), control: values(300, control, random) };
      drift = addToDrift(drift, 4_000, tick);
    }
    return driftFactor(drift);
  });
  return factors.toSorted((a, b) => a - b)[10]!;
}

describe('how far the arms wander', () => {
  test('is not believed to be nothing before anything was seen', () => {
    expect(driftFactor(NO_DRIFT)).toBeCloseTo(1.1, 9);
  });

  test.each<[string, Slowness]>([
    ['arms alike', () => [1, 1]],
    ['an arm that is always slower', () => [1.3, 1]],
    ['an arm that is slower from the second step on', (second) => [second < 300 ? 1 : 1.3, 1]],
    ['what slows both', (second) => [second % 100 < 40 ? 1.5 : 1, second % 100 < 40 ? 1.5 : 1]],
  ])('is next to nothing for %s', (_, slowness) => {
    expect(usualFactor(slowness)).toBeLessThan(1.3);
  });

  test.each<[string, Slowness]>([
    ['both arms that wander by 3 %', (_, [here, there]) => [Math.exp(0.03 * here), Math.exp(0.03 * there)]],
    ['a candidate that wanders by 5 %', (_, [here]) => [Math.exp(0.05 * here), 1]],
  ])('is measured for %s', (_, slowness) => {
    expect(usualFactor(slowness)).toBeGreaterThan(1.6);
  });

  test('is a number from 1 to 20 whatever was measured, and what is kept is short', () => {
    const count = fc.oneof(fc.nat(9), fc.double({ min: 1e-9, max: 9e15, noNaN: true }));
    const histogram = fc
      .uniqueArray(fc.tuple(fc.integer({ min: -1e6, max: 1e6 }), count), { selector: ([index]) => index })
      .map((rows) => rows.sort(([a], [b]) => a - b));
    const tick = fc.record({ candidate: histogram, control: histogram });
    const ticks = fc.array(fc.tuple(fc.nat(30_000), tick, fc.boolean()), { maxLength: 12 });
    fc.assert(
      fc.property(ticks, (rows) => {
        const drift = rows.reduce<Drift>((sums, [ms, arms, isNewStep]) => {
          const next = addToDrift(sums, ms, arms);
          return isNewStep ? stepOfDrift(next) : next;
        }, NO_DRIFT);
        expect(driftFactor(drift)).toBeGreaterThanOrEqual(1);
        expect(driftFactor(drift)).toBeLessThanOrEqual(20);
        expect(JSON.parse(JSON.stringify(drift))).toEqual(drift);
        expect(JSON.stringify(drift).length).toBeLessThan(500);
      }),
    );
  });
});
