import { describe, expect, it } from 'vitest';
import { LatencyTally } from './latency.ts';

describe('how long answers took', () => {
  it('is computed once for all who ask, and again when there is more', () => {
    const tally = new LatencyTally();
    expect(tally.latency()).toBeUndefined();
    tally.add([[32, 3]]);
    const first = tally.latency();
    expect(tally.latency()).toBe(first);
    tally.add([[0, 2]]);
    expect(tally.latency()?.histogram).toEqual([
      [0, 2],
      [32, 3],
    ]);
    expect(first?.summary.requests).toBe(3);
  });
});
