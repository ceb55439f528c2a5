import type fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { histories } from './histories/arbitraries.ts';
import { play, settle, started, type Event, type History } from './histories/history.ts';
import { findBreach, foundScript, type Search } from './histories/search.ts';
import { aRollout, anAnalysis } from './rollouts.ts';
import { behaviourOf } from './behaviour.ts';
import { DEATHS, type Death, type Happening } from './world.ts';

/** Histories take long where many tests run at once. */
const PATIENCE_MS = 600_000;

/** As many histories from each seed; `npm run bench -- histories` plays more. */
const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
const PER_SEED = 1_000;

/** Fails with a script that can be played again. */
function expectNoBreach(search: Search): void {
  const found = findBreach(search);
  if (found !== undefined) expect.fail(`a history went wrong:\n\n${foundScript(found)}\n`);
}

describe('the invariants', { timeout: PATIENCE_MS }, () => {
  it.each(SEEDS)('hold in a thousand random histories, and every release ends in time, seed %d', (seed) => {
    expectNoBreach({ seed, count: PER_SEED });
  });
});

describe('a version that crashes, never becomes ready, or fails its users', { timeout: PATIENCE_MS }, () => {
  const judged: fc.Arbitrary<History> = histories.map(({ rollout, happenings }) => ({
    rollout: {
      ...rollout,
      analysis: anAnalysis({ noData: 'hold', undecided: 'advance' }),
      traffic: aRollout().traffic!,
      strategy: aRollout().strategy,
    },
    happenings: happenings.filter(isOfTheWorld),
  }));

  function isOfTheWorld(one: Event): boolean {
    const isBoast = one.kind === 'gateway' && one.state === 'boasting';
    return one.kind !== 'command' && one.kind !== 'clockJump' && !isBoast;
  }

  it('is never promoted, unless a user says so', () => {
    expectNoBreach({
      seed: 1,
      count: 1_000,
      among: judged,
      check: (history) => {
        for (const { to, outcome } of play(history).outcomes)
          if (outcome === 'promoted') expect(['good', 'slow']).toContain(behaviourOf(to));
      },
    });
  });
});

describe('a controller that dies', { timeout: PATIENCE_MS }, () => {
  function endOf(candidate: number, crashAt: (look: number) => Happening['kind'], at: Death): string {
    const world = started(aRollout());
    world.happen({ kind: 'want', revision: candidate });
    for (let looks = 0; looks < 2_000 && world.outcomes.length < 2; looks += 1) {
      const kind = crashAt(looks);
      // What takes long is the wait, in which nothing is written.
      const afterMs = looks < 40 ? 500 : 5_000;
      world.happen(kind === 'crash' ? { kind, afterMs, at } : { kind: 'look', afterMs });
    }
    // What was decided last is made so at the next undisturbed look.
    world.happen({ kind: 'look', afterMs: 500 });
    const served = JSON.stringify(world.served);
    return `${world.outcomes.at(-1)?.outcome ?? 'none'} ${world.status.stable ?? 'none'} ${served}`;
  }

  it.each(DEATHS)('reaches the same end when it dies %s at any one look', (at) => {
    for (const candidate of [5, 2, 3]) {
      const undisturbed = endOf(candidate, () => 'look', at);
      for (let moment = 0; moment < 30; moment += 1) {
        expect(endOf(candidate, (look) => (look === moment ? 'crash' : 'look'), at)).toBe(undisturbed);
      }
    }
  });

  it.each(DEATHS)('reaches the same end when it dies %s at every second look', (at) => {
    for (const candidate of [5, 2, 3, 4]) {
      const undisturbed = endOf(candidate, () => 'look', at);
      expect(endOf(candidate, (look) => (look % 2 === 0 ? 'crash' : 'look'), at)).toBe(undisturbed);
    }
  });
});

describe('no data', () => {
  it('never passes and never fails: the release holds until its deadline', () => {
    const world = started(aRollout({ deadlineMs: 1_800_000 }));
    world.happen({ kind: 'metrics', up: false });
    world.happen({ kind: 'want', revision: 2 });
    for (let looks = 0; looks < 1_000; looks += 1) world.happen({ kind: 'look', afterMs: 1_000 });
    expect(world.status.release?.step).toBe(0);
    expect(world.status.message).toContain('nothing to judge by');
    settle([world]);
  });
});
