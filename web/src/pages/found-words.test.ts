import { expect, it } from 'vitest';
import { EVERYTHING } from '../live/overview.ts';
import { foundWords } from './found-words.ts';

it.each([
  [3, 3, {}, '3 Rollouts; what needs somebody comes first.'],
  [1, 3, { text: 'shop' }, '1 of 3 Rollouts; 2 are hidden by the search.'],
  [0, 3, { text: 'shopp' }, 'None of 3 Rollouts; 3 are hidden by the search.'],
  [2, 3, { phase: 'Healthy' }, '2 of 3 Rollouts; 1 is hidden by the phase.'],
  [2, 3, { namespace: 'west' }, '2 of 3 Rollouts; 1 is hidden by the namespace.'],
  [
    0,
    1,
    { text: 'x', phase: 'Paused', namespace: 'west' },
    'None of 1 Rollout; 1 is hidden by the search, the phase and the namespace.',
  ],
  [0, 0, { text: 'x' }, 'No Rollouts yet: `coalmine init` and `coalmine apply` declare one.'],
] as const)('of Rollouts %d of %d are shown by %j: %s', (...[shown, all, search, words]) => {
  const found = { shown, all, search: { ...EVERYTHING, ...search } };
  expect(foundWords({ ...found, isOfCluster: false })).toBe(words);
});

it('says how the first Rollout of a cluster is made', () => {
  const found = { shown: 0, all: 0, search: EVERYTHING, isOfCluster: true };
  expect(foundWords(found)).toContain('coalmine adopt');
});
