import { expect, it } from 'vitest';
import { namespacesAt, namespacesIn, scopeFor } from './scope.ts';

it.each([
  ['/', []],
  ['/namespaces/web', ['web']],
  ['/namespaces/web,mail/', ['web', 'mail']],
  ['/namespaces/web/rollouts/shop', ['web']],
  ['/rollouts/shop', []],
])('finds in %s the namespaces that it names', (path, namespaces) => {
  expect(namespacesAt(path)).toEqual(namespaces);
});

it('takes namespaces as people write them, each once, and nothing that is none', () => {
  expect(namespacesIn(' web, mail  web\nw!x ../up,, WEB')).toEqual(['web', 'mail']);
});

const some = (...namespaces: readonly string[]) => ({ kind: 'some', namespaces });

it.each([
  ['all of them to who may see all', '/', true, ['old'], { kind: 'all' }],
  ['fewer where the address says so', '/namespaces/web', true, [], some('web')],
  ['all on the page of one', '/namespaces/web/rollouts/shop', true, [], { kind: 'all' }],
  ['none until some are named', '/', false, [], { kind: 'unnamed' }],
  ['those that were named before', '/', false, ['mail'], some('mail')],
  ['those that the address names', '/namespaces/web', false, ['mail'], some('web')],
  ['that of the page too', '/namespaces/web/rollouts/shop', false, ['mail'], some('mail', 'web')],
] as const)('shows %s', (...[, path, seesAll, named, scope]) => {
  expect(scopeFor(path, seesAll, named)).toEqual(scope);
});
