import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashOf } from '../routing/assign.ts';
import { UserScores } from './user-scores.ts';

let window = 1;

function scoring(): UserScores {
  window = 1;
  return new UserScores(() => window);
}

describe('scoring users', () => {
  it('sees a user once in a window, and takes one failure for all', () => {
    const scores = scoring();
    for (const failed of [false, true, false, true]) scores.score(hashOf('ann'), failed);
    scores.score(hashOf('bob'), false);
    expect(scores.take()).toEqual({ seen: 2, failed: 1 });
    scores.score(hashOf('ann'), true);
    scores.score(hashOf('bob'), true);
    expect(scores.take()).toEqual({ seen: 0, failed: 1 });
    window = 2;
    scores.score(hashOf('ann'), false);
    expect(scores.take()).toEqual({ seen: 1, failed: 0 });
  });

  it('agrees with sets, for any hashes in any order', () => {
    const request = fc.record({
      // Few values that collide in the table, the extremes among them.
      user: fc.oneof(
        fc.constantFrom(0, 2, -1, -2, 2 ** 31 - 1, -(2 ** 31)),
        fc.integer({ min: -9, max: 3_000 }),
      ),
      failed: fc.boolean(),
      turns: fc.integer({ min: 0, max: 20 }).map((n) => n === 20),
    });
    fc.assert(
      fc.property(fc.array(request, { maxLength: 2_000, size: 'max' }), (requests) => {
        const scores = scoring();
        const seen = new Set<string>();
        const failed = new Set<string>();
        for (const one of requests) {
          if (one.turns) window += 1;
          // 31 bits tell users apart; 0 and 1 share theirs with the two highest.
          const user = one.user & ~1 || ~1;
          scores.score(one.user, one.failed);
          seen.add(`${window} ${user}`);
          if (one.failed) failed.add(`${window} ${user}`);
        }
        expect(scores.take()).toEqual({ seen: seen.size, failed: failed.size });
      }),
      { numRuns: 30 },
    );
  });

  it('takes hardly any of 50,000 users for another', () => {
    const scores = scoring();
    for (let i = 0; i < 49_000; i += 1) scores.score(hashOf(`user-${i}`), false);
    expect(scores.take().seen).toBeGreaterThan(48_990);
  });

  it('scores a sample of too many users, by their ids alone, and all of them again when they are few', () => {
    const scores = scoring();
    const crowd = (): { seen: number; failed: number } => {
      window += 1;
      for (let i = 0; i < 300_000; i += 1) scores.score(hashOf(`user-${i}`), i % 10 === 0);
      return scores.take();
    };
    crowd();
    const settled = crowd();
    expect(settled.seen).toBeLessThan(50_000);
    expect(settled.seen).toBeGreaterThan(20_000);
    expect(settled.failed / settled.seen).toBeCloseTo(0.1, 2);
    for (let i = 0; i < 5; i += 1) {
      window += 1;
      scores.score(hashOf('user-1'), false);
    }
    scores.take();
    window += 1;
    for (let i = 0; i < 100; i += 1) scores.score(hashOf(`user-${i}`), false);
    expect(scores.take().seen).toBe(100);
  });
});
