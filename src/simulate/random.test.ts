import { describe, expect, it } from 'vitest';
import { randomFrom, type Random } from './random.ts';

const DRAWS = 20_000;

function momentsOf(draw: () => number): { readonly mean: number; readonly variance: number } {
  const values = Array.from({ length: DRAWS }, draw);
  const mean = values.reduce((sum, value) => sum + value, 0) / DRAWS;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / DRAWS;
  return { mean, variance };
}

function expectMoments(draw: (random: Random) => number, mean: number, variance: number): void {
  const random = randomFrom(7);
  const found = momentsOf(() => draw(random));
  expect(Math.abs(found.mean - mean)).toBeLessThan(5 * Math.sqrt(variance / DRAWS) + 1e-12);
  expect(found.variance).toBeGreaterThanOrEqual(0.9 * variance);
  expect(found.variance).toBeLessThan(1.1 * variance + 1e-12);
}

describe('chance', () => {
  it('is the same from the same seed, and another from another seed or stream', () => {
    const draw = (random: Random): readonly number[] => Array.from({ length: 5 }, () => random.fraction());
    expect(draw(randomFrom(3, 1))).toEqual(draw(randomFrom(3, 1)));
    const all = [randomFrom(3, 1), randomFrom(3, 2), randomFrom(4, 1), randomFrom(1, 3)].map(draw);
    expect(new Set(all.map((numbers) => numbers.join())).size).toBe(4);
  });

  it('draws fractions evenly', () => {
    expectMoments((random) => random.fraction(), 1 / 2, 1 / 12);
  });

  it.each([0, 0.01, 3, 39, 41, 5_000])('counts events of mean %d', (mean) => {
    expectMoments((random) => random.poisson(mean), mean, mean);
  });

  it.each([
    [10, 0.3],
    [10, 0.9],
    [100_000, 0.0001],
    [1_000, 0.5],
    [1_000, 0.999],
    [5, 0],
    [5, 1],
    [0, 0.5],
  ])('counts how many of %d happen, each with probability %d', (trials, probability) => {
    expectMoments(
      (random) => random.binomial(trials, probability),
      trials * probability,
      trials * probability * (1 - probability),
    );
  });

  it('never counts more than there are', () => {
    const random = randomFrom(1);
    for (let draw = 0; draw < DRAWS; draw += 1) {
      const count = random.binomial(100, 0.5);
      expect(count >= 0 && count <= 100).toBe(true);
    }
  });
});
