import { describe, expect, it } from 'vitest';
import type { HistoryView, ReleaseView } from '../../../../src/client/index.ts';
import { shownRelease } from './shown.ts';

const RUNNING = { number: 5 } as ReleaseView;
const HISTORY = [
  { number: 4, outcome: 'promoted', reason: 'good', endedAt: 9 },
  { number: 3, outcome: 'rolledBack', reason: 'bad', endedAt: 7 },
] as HistoryView[];

describe('the release that is shown', () => {
  it.each([
    ['the one that runs', { rollout: { release: RUNNING }, chosen: undefined, number: 5 }],
    ['the newest when none runs', { rollout: {}, chosen: undefined, number: 4 }],
    ['the one that was chosen', { rollout: { release: RUNNING }, chosen: 3, number: 3 }],
    ['the one that runs, chosen', { rollout: { release: RUNNING }, chosen: 5, number: 5 }],
    [
      'the one that runs, the chosen one being kept no more',
      { rollout: { release: RUNNING }, chosen: 1, number: 5 },
    ],
  ])('is %s', (_, { rollout, chosen, number }) => {
    expect(shownRelease(rollout, HISTORY, chosen)?.number).toBe(number);
  });

  it('says how it ended, once it has', () => {
    expect(shownRelease({}, HISTORY, 3)?.end).toEqual({ outcome: 'rolledBack', reason: 'bad', endedAt: 7 });
    expect(shownRelease({ release: RUNNING }, HISTORY, undefined)?.end).toBeUndefined();
  });

  it('is none where there is none', () => {
    expect(shownRelease({}, [], 2)).toBeUndefined();
  });
});
