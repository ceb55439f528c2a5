import { describe, expect, it } from 'vitest';
import { parseShare } from '../../src/base/share.ts';
import type { Match } from '../../src/rollout/match.ts';
import type { CanaryStep, Rollout } from '../../src/rollout/model.ts';
import { aRollout, weights } from './rollouts.ts';
import { command, ERRONEOUS, GOOD, lastOutcome, live, looks, lookUntil } from './scenes.ts';
import { AUDIENCE_PER_SECOND } from './behaviour.ts';
import { revision, type World } from './world.ts';

const BETA: Match = [{ header: { name: 'x-beta', exact: '1' } }];
const MATCH: CanaryStep = { kind: 'match', match: BETA };
const ANALYZE: CanaryStep = { kind: 'analyze', atLeastMs: 10_000, atMostMs: 60_000 };

function spec(...steps: readonly CanaryStep[]): Rollout {
  return aRollout({ strategy: { kind: 'canary', steps, capacity: 'match', earlyPromotion: true } }, 4);
}

/** Who gets what, and whose audience. */
function served(world: World): Readonly<Record<string, readonly [number, boolean]>> {
  return Object.fromEntries(
    world.served.parts.map(({ track, weight, match }) => [track, [weight / 1_000, match !== undefined]]),
  );
}

describe('a canary for an audience', () => {
  it('gets it before any weight, and keeps it while the weight divides the others', () => {
    const world = live(spec(MATCH, ANALYZE, ...weights('5%')));
    world.happen({ kind: 'want', revision: GOOD });
    lookUntil(world, () => world.status.release?.stage === 'wait');
    expect(served(world)).toEqual({ stable: [100, false], canary: [0, true] });
    // Nobody knows how many they are.
    expect(world.count(revision(GOOD))).toBe(4);
    lookUntil(world, () => world.status.release?.step === 1 && world.status.release.stage === 'wait');
    expect(served(world)).toEqual({ stable: [95, false], canary: [5, true] });
    lookUntil(world, () => world.outcomes.length === 2);
    expect(lastOutcome(world)).toBe('promoted');
    looks(world, 2);
    expect(served(world)).toEqual({ stable: [100, false] });
  });

  it('is as large as is known of a share of the users', () => {
    const world = live(spec({ kind: 'match', match: [{ user: parseShare('30%')! }] }, ANALYZE));
    world.happen({ kind: 'want', revision: GOOD });
    lookUntil(world, () => world.status.release?.stage === 'wait');
    expect(world.count(revision(GOOD))).toBe(2);
  });

  it('is judged by its audience as long as nobody else is on it, and loses it on the way back', () => {
    const world = live(spec(MATCH, ANALYZE));
    world.happen({ kind: 'want', revision: ERRONEOUS });
    lookUntil(world, () => world.ticks.length > 1);
    expect(world.ticks.at(-1)?.candidate.requests).toBe(AUDIENCE_PER_SECOND / 2);
    expect(world.ticks.at(-1)).not.toHaveProperty('matched');
    lookUntil(world, () => world.outcomes.length === 2);
    expect(lastOutcome(world)).toBe('rolledBack');
    expect(served(world)).toEqual({ stable: [100, false] });
  });

  it('is compared by those whom weights have sent there, once there are any; all its requests count as served', () => {
    const world = live(spec(MATCH, ...weights('20%')));
    world.happen({ kind: 'want', revision: GOOD });
    lookUntil(world, () => world.ticks.length > 1);
    const tick = world.ticks.at(-1);
    expect(tick?.candidate.requests).toBe(10);
    expect(tick?.matched).toEqual({ requests: AUDIENCE_PER_SECOND / 2, errors: 0 });
    expect(tick?.plannedShare).toBe(0.2);
    const { served: counted } = world.status.release!;
    expect(counted.requests % 15).toBe(0);
  });
});

describe('a blue/green release with a preview', () => {
  const preview = aRollout({
    strategy: { kind: 'blueGreen', preview: { match: BETA }, bakeMs: 20_000, keepStableMs: 0 },
  });

  it('shows the complete new set to its audience until somebody resumes, then switches', () => {
    const world = live(preview);
    world.happen({ kind: 'want', revision: GOOD });
    looks(world, 60);
    expect(served(world)).toEqual({ stable: [100, false], preview: [0, true] });
    expect(world.count(revision(GOOD))).toBe(3);
    expect(world.status.phase).toBe('Paused');
    world.happen(command('resume'));
    lookUntil(world, () => world.outcomes.length === 2);
    expect(lastOutcome(world)).toBe('promoted');
  });

  it('is judged by what its audience met', () => {
    const world = live(preview);
    world.happen({ kind: 'want', revision: ERRONEOUS });
    lookUntil(world, () => world.outcomes.length === 2);
    expect(lastOutcome(world)).toBe('rolledBack');
    expect(world.status.stable).toBe(revision(0));
  });
});
