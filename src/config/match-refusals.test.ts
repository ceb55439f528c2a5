import { expect, test } from 'vitest';
import { Failure } from '../base/failure.ts';
import { parseRollouts } from './read.ts';

/** The item of a match, then path within it, reason and hint (parts of them) of the one problem. */
type Case = readonly [item: string, path: string, reason: string, hint?: string];

const CASES: readonly Case[] = [
  ['{ header: { name: "a b", exact: c } }', '.header.name', 'not the name of a header'],
  ['{ cookie: { name: a, present: yes } }', '.cookie.present', 'true or false', 'write true'],
  ['{}', '', 'would be of all requests', 'name a header'],
  ['{ header: { name: a } }', '.header', 'needs one test'],
  ['{ header: { name: a, exact: b, regex: c } }', '.header', 'more than one test'],
  ['{ header: { name: Cookie, exact: c } }', '.header.name', 'cannot', 'use cookie'],
  ['{ path: { exact: shop } }', '.path', 'is no path', 'write /shop'],
  ['{ path: { prefix: "/a?b" } }', '.path', 'has a query', 'use query'],
  ['{ path: { regex: "(?=a)" } }', '.path.regex', 'looks around', 'fast'],
  ['{ method: "GET /" }', '.method', 'no HTTP method', 'POST'],
  ['{ user: { share: 0% } }', '.user.share', 'is nobody'],
  ['{ user: { share: 5%, labels: { a: b } } }', '.user.labels', 'no attributes'],
  ['{ user: { share: 5% } }', '.user', 'users are not known', 'sticky'],
];

function problemsWith(item: string): Failure['problems'] {
  const text = [
    'metadata: { name: shop }',
    'spec:',
    '  workload: { process: { from: ./dist, command: [node, server.js] } }',
    '  traffic: { gateway: {} }',
    `  strategy: { canary: { steps: [{ match: [${item}] }, { weight: 5% }] } }`,
  ].join('\n');
  try {
    parseRollouts(text, { file: 'rollout.yaml', format: 'yaml' });
  } catch (error) {
    if (error instanceof Failure) return error.problems;
    throw error;
  }
  return [];
}

const named = CASES.map(([item, path, reason, hint = '']) => ({ item, path, reason, hint }));

test.each(named)('a match of $item is refused', ({ item, path, reason, hint }) => {
  const problems = problemsWith(item);
  const told = problems.filter(({ reason: other }) => other !== 'users are not known' || other === reason);
  expect(told).toHaveLength(1);
  expect(told[0]).toMatchObject({ line: 5, path: `spec.strategy.canary.steps[0].match[0]${path}` });
  expect(told[0]?.reason).toContain(reason);
  expect(told[0]?.hint ?? '').toContain(hint);
});

test('a match of a share of the users is taken where users are known', () => {
  expect(problemsWith('{ user: { share: 5% } }')).toHaveLength(1);
  expect(problemsWith('{ method: POST, header: { name: a, exact: "1" } }')).toEqual([]);
});
