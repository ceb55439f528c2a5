import { describe, expect, it } from 'vitest';
import { FULL_SHARE, parseShare } from '../../src/base/share.ts';
import type { Check, Rollout, ShadowStrategy } from '../../src/rollout/model.ts';
import { aRollout, weights } from './rollouts.ts';
import { command, ERRONEOUS, GOOD, lastOutcome, live, looks, lookUntil } from './scenes.ts';
import { revision, type World } from './world.ts';

/** Answers late, and in this world otherwise. */
const SLOW = 1;

function spec(more: Partial<ShadowStrategy> = {}): Rollout {
  const strategy: ShadowStrategy = {
    kind: 'shadow',
    share: parseShare('20%')!,
    methods: ['GET'],
    until: { requests: 400, atMostMs: 600_000 },
    ...more,
  };
  return aRollout({ strategy }, 4);
}

function started(world: World, candidate: number): void {
  world.happen({ kind: 'want', revision: candidate });
  lookUntil(world, () => world.status.release?.stage === 'wait');
}

function ended(world: World): void {
  lookUntil(world, () => world.outcomes.length === 2);
}

describe('a shadow', () => {
  it('completes once it has had its requests, and the old version stays', () => {
    const world = live(spec());
    started(world, GOOD);
    ended(world);
    expect(lastOutcome(world)).toBe('completed');
    // 20 requests a second of 400.
    expect(world.outcomes.at(-1)?.ageMs).toBeLessThan(40_000);
    looks(world, 3);
    expect(world.status.stable).toBe(revision(0));
    expect(world.served).toEqual({ parts: [{ track: 'stable', revision: revision(0), weight: FULL_SHARE }] });
    expect(world.count(revision(GOOD))).toBe(0);
  });

  it('completes after its longest time where requests are few', () => {
    const world = live(spec({ until: { requests: 1_000_000, atMostMs: 60_000 } }));
    started(world, GOOD);
    ended(world);
    expect(lastOutcome(world)).toBe('completed');
  });

  it('is healthy afterwards, says what was tried, and does not begin again until it is asked to', () => {
    const world = live(spec());
    started(world, GOOD);
    ended(world);
    looks(world, 20);
    expect(world.status.phase).toBe('Healthy');
    expect(world.status.message).toContain(`${revision(GOOD)} was tried, and is not released`);
    expect(world.outcomes).toHaveLength(2);
    world.happen(command('retry'));
    looks(world, 1);
    expect(world.status.release?.to).toBe(revision(GOOD));
  });

  it('that fares badly is rolled back, and no user has met it', () => {
    const world = live(spec());
    started(world, ERRONEOUS);
    ended(world);
    expect(lastOutcome(world)).toBe('rolledBack');
    looks(world, 3);
    expect(world.status.phase).toBe('Degraded');
    expect(world.status.rejected).toContain(revision(ERRONEOUS));
  });

  it('goes on as a canary where that follows', () => {
    const then = { kind: 'canary', steps: weights('50%'), capacity: 'match', earlyPromotion: true } as const;
    const world = live(spec({ then }));
    started(world, GOOD);
    lookUntil(world, () => world.status.release?.step === 1 && world.status.release.stage === 'wait');
    expect(world.served.mirrors).toBeUndefined();
    expect(world.served.parts.map(({ track }) => track)).toContain('canary');
    ended(world);
    expect(lastOutcome(world)).toBe('promoted');
    expect(world.status.stable).toBe(revision(GOOD));
  });

  it('ends early when a user promotes it, and promotes nothing', () => {
    const world = live(spec());
    started(world, GOOD);
    world.happen(command('promote'));
    ended(world);
    expect(lastOutcome(world)).toBe('completed');
    expect(world.outcomes.at(-1)?.reason).toContain('a user promoted it');
    expect(world.status.stable).toBe(revision(0));
  });
});

describe('a shadow whose answers are compared', () => {
  const judged = (): Rollout => {
    const compare = { status: true, headers: false, body: { ignore: [] } };
    const answers: Check = {
      name: 'answers',
      metric: { kind: 'differences' },
      judge: { kind: 'sequential', worseBy: 0.5 },
      floor: 0.001,
      weight: 1,
    };
    const then = { kind: 'canary', steps: weights('50%'), capacity: 'match', earlyPromotion: true } as const;
    const { analysis, ...rest } = spec({ compare, then });
    return { ...rest, analysis: { ...analysis!, checks: [answers] } };
  };

  it('goes on when they are alike, and a step without copies lacks nothing', () => {
    const world = live(judged());
    started(world, GOOD);
    ended(world);
    expect(lastOutcome(world)).toBe('promoted');
  });

  it('is rolled back when they differ although nothing fails', () => {
    const world = live(judged());
    started(world, SLOW);
    ended(world);
    expect(lastOutcome(world)).toBe('rolledBack');
    expect(world.outcomes.at(-1)?.reason).toMatch(/answers.*to copies differ/);
  });
});
