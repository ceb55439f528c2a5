import { describe, expect, it } from 'vitest';
import { quantileOf } from '../src/analysis/measurement.ts';
import { randomFrom } from './random.ts';
import { ArmCounts, drawSecond, traceOf, type ArmState } from './traces.ts';

const USUAL: ArmState = { requestsPerSecond: 20, errorRate: 0.01, slowness: 1 };
const SECONDS = 4_000;

function drawn(arm: ArmState, seed = 1): ArmCounts {
  const random = randomFrom(seed);
  const counts = new ArmCounts();
  for (let second = 0; second < SECONDS; second += 1) drawSecond(counts, arm, random);
  return counts;
}

function quantile(counts: ArmCounts, q: number): number {
  return quantileOf(counts.counters().latency, q) ?? NaN;
}

describe('the requests of an arm', () => {
  it('come as often, fail as often and take as long as they should', () => {
    const counts = drawn(USUAL);
    expect(counts.requests / SECONDS).toBeGreaterThan(19.7);
    expect(counts.requests / SECONDS).toBeLessThan(20.3);
    expect(counts.errors / counts.requests).toBeCloseTo(0.01, 2.5);
    expect(quantile(counts, 0.5) / 80).toBeCloseTo(1, 1);
    expect(quantile(counts, 0.99) / 287).toBeCloseTo(1, 1);
  });

  it.each([
    ['0.5', 0.5],
    ['0.99', 0.99],
  ])('are slower by the factor at quantile %s', (_, q) => {
    const ratio = quantile(drawn({ ...USUAL, slowness: 1.3 }), q) / quantile(drawn(USUAL), q);
    expect(ratio).toBeGreaterThan(1.26);
    expect(ratio).toBeLessThan(1.34);
  });

  it('are slower in their tail only', () => {
    const tailed = drawn({ ...USUAL, tail: { share: 0.02, factor: 3 } });
    expect(quantile(tailed, 0.9)).toBe(quantile(drawn(USUAL), 0.9));
    expect(quantile(tailed, 0.995) / quantile(drawn(USUAL), 0.995)).toBeGreaterThan(2.7);
  });

  it('fail in a part of them as often as that part does', () => {
    const counts = drawn({ ...USUAL, errorRate: 0, part: { share: 1 / 3, errorRate: 0.3, slowness: 1 } });
    expect(counts.errors / counts.requests).toBeGreaterThan(0.095);
    expect(counts.errors / counts.requests).toBeLessThan(0.105);
  });

  it('fail as often in clumps, but with a larger variance', () => {
    const moments = (clump: number): { readonly mean: number; readonly dispersion: number } => {
      const random = randomFrom(7);
      const failures = Array.from({ length: SECONDS }, () => {
        const counts = new ArmCounts();
        drawSecond(counts, { ...USUAL, clump }, random);
        return counts.errors;
      });
      const mean = failures.reduce((sum, one) => sum + one, 0) / SECONDS;
      const variance = failures.reduce((sum, one) => sum + (one - mean) ** 2, 0) / SECONDS;
      return { mean, dispersion: variance / mean };
    };
    const [alone, clumped] = [moments(1), moments(3)];
    expect(clumped.mean / alone.mean).toBeGreaterThan(0.85);
    expect(clumped.mean / alone.mean).toBeLessThan(1.15);
    expect(alone.dispersion).toBeLessThan(1.15);
    expect(clumped.dispersion).toBeGreaterThan(3.5);
  });
});

describe('a trace', () => {
  const scenario = (): { candidate: ArmState; control: ArmState } => ({ candidate: USUAL, control: USUAL });
  const first = (seed: number): string =>
    JSON.stringify(
      Array.from(
        { length: 5 },
        (
          (trace) => () =>
            trace.next().value
        )(traceOf(scenario, seed)),
      ),
    );

  it('is the same for the same seed, another for another', () => {
    expect(first(3)).toBe(first(3));
    expect(new Set([1, 2, 3, 2 ** 32 + 1, 2 ** 33 + 1].map(first)).size).toBe(5);
  });
});

describe('counts of an arm', () => {
  it('are as before when what was added is removed', () => {
    const counts = drawn(USUAL, 1);
    const before = JSON.stringify(counts.counters());
    const others = drawn({ ...USUAL, slowness: 20 }, 2);
    counts.add(others);
    counts.remove(others);
    expect(JSON.stringify(counts.counters())).toBe(before);
  });

  it('keep what is outside of the buckets in the outermost ones', () => {
    const counts = new ArmCounts();
    counts.count(-10_000);
    counts.count(10_000);
    expect(counts.counters().requests).toBe(2);
    expect(counts.counters().latency.map(([, count]) => count)).toEqual([1, 1]);
  });
});
