import { expect, test } from 'vitest';
import { Failure } from '../base/failure.ts';
import { parseRollouts } from './read.ts';

test.each([
  ['image: Shop', 'image', 'not the name of an image', 'shop:1.2'],
  ['image: "a b"', 'image', 'not the name of an image'],
  ['image: shop@sha256:12', 'image', 'not the name of an image'],
  ['image: shop, ready: { http: / }', 'port', 'is required', '8080'],
  ['image: shop, port: 0', 'port', '1'],
  ['image: shop, port: 70000', 'port', '65535'],
  ['image: shop, from: .', 'from', 'unknown field'],
  ['image: shop, pull: sometimes', 'pull', 'not one of'],
  ['image: shop, env: { PORT: "1" }', 'env.PORT', 'told its port', '$PORT'],
  ['image: shop, limits: { memory: 5Mi }', 'limits.memory', 'too little', '6Mi'],
])('container: { %s } is refused at %s', (...[more, field, reason, hint = '']) => {
  const text = `metadata: { name: shop }
spec:
  workload: { container: { ${more} } }
  strategy: { recreate: {} }
`;
  let thrown: unknown;
  try {
    parseRollouts(text, { file: 'coalmine.yaml', format: 'yaml' });
  } catch (cause) {
    thrown = cause;
  }
  if (!(thrown instanceof Failure)) throw new Error('nothing was wrong');
  expect(thrown.code).toBe('invalidSpec');
  const [problem, ...others] = thrown.problems;
  expect(others).toEqual([]);
  expect(problem).toMatchObject({ line: 3, path: `spec.workload.container.${field}` });
  expect(problem?.reason).toContain(reason);
  expect(problem?.hint ?? '').toContain(hint);
});
