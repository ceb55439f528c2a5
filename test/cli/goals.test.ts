import { describe, expect, it } from 'vitest';
import type { RolloutView } from '../../src/api/resources.ts';
import {
  currentReleaseEnds,
  phaseIs,
  releaseEnds,
  watchedReleaseEnds,
  type Goal,
} from '../../src/cli/goals.ts';
import type { RevisionId } from '../../src/rollout/model.ts';
import { aHistoryView, aReleasingView, aView, CANARY, STABLE } from './views.ts';

const OTHER = 'r1-cccccccccccc' as RevisionId;

const last = (release: number, revision: RevisionId, outcome: 'promoted' | 'rolledBack' | 'aborted') => ({
  lastOutcome: { release, revision, outcome, reason: 'why' },
});

const reached = async (goal: Goal, view: RolloutView, history = [aHistoryView()]) =>
  (await goal(view, () => Promise.resolve(history)))?.reached;

describe('waiting for a release of one revision', () => {
  const goal = releaseEnds(CANARY, 1);
  it.each<[string, RolloutView, boolean | undefined]>([
    ['goes on while it has not begun', aView({ wanted: CANARY, ...last(1, STABLE, 'promoted') }), undefined],
    ['goes on while it runs', aReleasingView(), undefined],
    [
      'goes on while the one before it ends',
      aView({ wanted: CANARY, ...last(2, OTHER, 'aborted') }),
      undefined,
    ],
    [
      'does not take an earlier rejection for its own',
      aView({ wanted: CANARY, ...last(1, CANARY, 'rolledBack') }),
      undefined,
    ],
    [
      'ends with its promotion',
      aView({ stable: CANARY, wanted: CANARY, ...last(2, CANARY, 'promoted') }),
      true,
    ],
    ['ends with its way back', aView({ wanted: CANARY, ...last(2, CANARY, 'rolledBack') }), false],
    ['ends when another version is wanted instead', aView({ wanted: OTHER }), false],
  ])('%s', async (_, view, expected) => {
    expect(await reached(goal, view)).toBe(expected);
  });

  it('finds its end in the history when another release has ended since', async () => {
    const view = aView({ stable: OTHER, wanted: OTHER, ...last(3, OTHER, 'promoted') });
    expect(await reached(goal, view, [aHistoryView({ number: 2, to: CANARY })])).toBe(true);
  });
});

describe('waiting for whatever runs', () => {
  it.each<[string, RolloutView, boolean | undefined]>([
    ['is over when what is wanted serves', aView(), true],
    ['goes on while a release runs', aReleasingView(), undefined],
    ['goes on while a release is about to begin', aView({ wanted: CANARY }), undefined],
    ['goes on before the first release', aView({ stable: undefined as never }), undefined],
    [
      'ends otherwise when what is wanted was rolled back',
      aView({ wanted: CANARY, ...last(2, CANARY, 'rolledBack') }),
      false,
    ],
  ])('%s', async (_, view, expected) => {
    expect(await reached(currentReleaseEnds(), view)).toBe(expected);
  });
});

describe('watching', () => {
  it('does not end with a release that had ended before, but with the next', async () => {
    const goal = watchedReleaseEnds();
    expect(await reached(goal, aView(last(1, STABLE, 'promoted')))).toBeUndefined();
    expect(await reached(goal, aReleasingView())).toBeUndefined();
    expect(await reached(goal, aView(last(2, CANARY, 'rolledBack')))).toBe(false);
  });

  it('ends although the next release has begun already', async () => {
    const goal = watchedReleaseEnds();
    expect(await reached(goal, aReleasingView())).toBeUndefined();
    const next = { ...aReleasingView({ number: 3 }), ...last(2, CANARY, 'aborted') };
    expect(await reached(goal, next)).toBe(false);
  });
});

describe('waiting for a phase', () => {
  it.each<[string, Parameters<typeof phaseIs>[0], RolloutView, boolean | undefined]>([
    ['ends when it is there', 'Paused', { ...aReleasingView(), phase: 'Paused' }, true],
    ['goes on before', 'Paused', aReleasingView(), undefined],
    ['gives up when the release ended without it', 'Paused', aView(), false],
    ['waits for health while a process restarts', 'Healthy', aView({ phase: 'Degraded' }), undefined],
    [
      'gives health up when what is wanted was rolled back',
      'Healthy',
      aView({ phase: 'Degraded', wanted: CANARY, ...last(2, CANARY, 'rolledBack') }),
      false,
    ],
  ])('%s', async (...[, phase, view, expected]) => {
    expect(await reached(phaseIs(phase), view)).toBe(expected);
  });
});
