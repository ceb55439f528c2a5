import { expect, it } from 'vitest';
import { pageAt, rolloutPath } from './place.ts';

it.each([
  ['/', { kind: 'overview' }],
  ['/rollouts/shop', { kind: 'rollout', name: 'shop' }],
  ['/rollouts/', { kind: 'nowhere' }],
  ['/rollouts/%E0%A4%A', { kind: 'nowhere' }],
  ['/rollouts/a/b', { kind: 'nowhere' }],
  ['/elsewhere', { kind: 'nowhere' }],
  ['/namespaces/web', { kind: 'overview' }],
  ['/namespaces/web,mail/', { kind: 'overview' }],
  ['/namespaces/web/rollouts/shop', { kind: 'rollout', name: 'shop', namespace: 'web' }],
  ['/namespaces/web/elsewhere', { kind: 'nowhere' }],
])('shows at %s what is there', (path, page) => {
  expect(pageAt(path)).toEqual(page);
});

it.each(['shop', 'a/b', 'ö %', '..'])('finds the Rollout %s again by its path', (name) => {
  expect(pageAt(rolloutPath({ name }))).toEqual({ kind: 'rollout', name });
  const inCluster = { name, namespace: 'web' };
  expect(pageAt(rolloutPath(inCluster))).toEqual({ kind: 'rollout', ...inCluster });
});
