import { assert, double, integer, property } from 'fast-check';
import { expect, it } from 'vitest';
import { afterEnd, isCrashLoop, restartDelayMs } from './backoff.ts';

const policy = { firstDelayMs: 1_000, maxDelayMs: 30_000, crashLoopAfter: 3, stableAfterMs: 10_000 };

it('doubles the delay from crash to crash', () => {
  const delays = [0, 1, 2, 3, 4].map((crashes) => restartDelayMs(crashes, policy, 0.5));
  expect(delays).toEqual([1_000, 1_000, 2_000, 4_000, 8_000]);
});

it('never waits longer than allowed, nor less than most of the first delay', () => {
  const chance = double({ min: 0, max: 1, noNaN: true });
  assert(
    property(integer({ min: 0, max: 10_000 }), chance, (crashes, luck) => {
      const delayMs = restartDelayMs(crashes, policy, luck);
      expect(delayMs).toBeLessThanOrEqual(policy.maxDelayMs);
      expect(delayMs).toBeGreaterThanOrEqual(policy.firstDelayMs * 0.8 - 1e-9);
    }),
  );
});

it('counts quick ends in a row, and forgets them after one that came late', () => {
  let crashes = 0;
  for (const upMs of [10, 9_999, 0]) crashes = afterEnd(crashes, upMs, policy);
  expect(crashes).toBe(3);
  expect(isCrashLoop(crashes, policy)).toBe(true);
  expect(isCrashLoop(afterEnd(crashes, 10_000, policy), policy)).toBe(false);
});
