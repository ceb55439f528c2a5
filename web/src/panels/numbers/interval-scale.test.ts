import { expect, it } from 'vitest';
import type { JudgedVariant } from '../../../../src/analysis/experiment/variants.ts';
import { intervalScale } from './interval-scale.ts';

function variant(name: string, effect?: number, interval?: JudgedVariant['interval']): JudgedVariant {
  return {
    name,
    trials: 10,
    events: 1,
    verdict: 'undecided',
    isDecided: false,
    ...(effect === undefined ? {} : { effect }),
    ...(interval === undefined ? {} : { interval }),
  };
}

it('has no effect in the middle, better to the right, and all intervals on it', () => {
  const { none, bars } = intervalScale([variant('blue', 0.1, [0.05, 0.2]), variant('red', -0.1, [-0.4, 0])]);
  expect(none).toBe(0.5);
  const [blue, red] = bars;
  expect(blue?.low).toBeGreaterThan(none);
  expect(red?.high).toBe(none);
  expect(red?.low).toBeGreaterThan(0);
  for (const { low, estimate = NaN, high } of bars)
    expect([low, estimate, high]).toEqual([low, estimate, high].sort((a, b) => a - b));
});

it('is open where an interval is, and leaves out who has none', () => {
  expect(intervalScale([variant('blue', 5, [0.1, null]), variant('new')]).bars).toMatchObject([
    { name: 'blue', high: 1, estimate: 1 },
  ]);
});
