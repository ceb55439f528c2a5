import { expect, test } from 'vitest';
import { Failure } from '../base/failure.ts';
import type { JsonObject } from '../base/json.ts';
import { withSet } from './set.ts';

const SHOP: JsonObject = {
  metadata: { name: 'shop' },
  spec: {
    workload: { process: { from: '.', command: ['node', 'a.js'], replicas: 1 } },
    strategy: { canary: { weights: ['5%'] } },
    analysis: { checks: [{ name: 'e', errors: {}, worseBy: '50%' }] },
  },
};

test.each([
  ['workload.process.replicas=4', ['spec', 'workload', 'process', 'replicas'], 4],
  ['spec.workload.process.replicas=4', ['spec', 'workload', 'process', 'replicas'], 4],
  [
    'workload.process.env.GREETING=hello: world',
    ['spec', 'workload', 'process', 'env', 'GREETING'],
    'hello: world',
  ],
  ['workload.process.env.DEBUG=true', ['spec', 'workload', 'process', 'env', 'DEBUG'], 'true'],
  ['workload.process.env.URL=http://a?b=c', ['spec', 'workload', 'process', 'env', 'URL'], 'http://a?b=c'],
  ['workload.process.env.EMPTY=', ['spec', 'workload', 'process', 'env', 'EMPTY'], ''],
  ['workload.process.command[1]=b.js', ['spec', 'workload', 'process', 'command'], ['node', 'b.js']],
  ['workload.process.from=./new', ['spec', 'workload', 'process', 'from'], './new'],
  ['workload.process.from={ live: . }', ['spec', 'workload', 'process', 'from'], { live: '.' }],
  ['workload.process.from.live=.', ['spec', 'workload', 'process', 'from'], { live: '.' }],
  ['workload.process.ready.http=/up', ['spec', 'workload', 'process', 'ready'], { http: '/up' }],
  ['strategy.canary.weights=[1%, 10%]', ['spec', 'strategy', 'canary', 'weights'], ['1%', '10%']],
  ['strategy={ recreate: {} }', ['spec', 'strategy'], { recreate: {} }],
  ['suspend=true', ['spec', 'suspend'], true],
  ['deadline=90', ['spec', 'deadline'], '90'],
  ['metadata.labels["a.b/c"]=d', ['metadata', 'labels', 'a.b/c'], 'd'],
  ['metadata.labels.__proto__=d', ['metadata', 'labels', '__proto__'], 'd'],
  [
    'analysis.checks[0].worseBy=20%',
    ['spec', 'analysis', 'checks'],
    [{ name: 'e', errors: {}, worseBy: '20%' }],
  ],
])('--set %s', (setting, path, value) => {
  const before = JSON.stringify(SHOP);
  let at: unknown = withSet(SHOP, [setting]);
  for (const key of path) at = Object.entries(at as object).find(([name]) => name === key)?.[1];
  expect(at).toEqual(value);
  expect(JSON.stringify(SHOP)).toBe(before);
});

test('settings are made in order, and none changes nothing', () => {
  expect(withSet(SHOP, [])).toEqual(SHOP);
  const document = withSet(SHOP, ['workload.process.replicas=2', 'workload.process.replicas=3']);
  expect(document).toMatchObject({ spec: { workload: { process: { replicas: 3 } } } });
});

test.each([
  ['replicas', 'must be path=value', '--set workload'],
  ['=4', 'must be path=value', ''],
  ['a..b=4', 'must be path=value', ''],
  ['workload.process.replcas=4', 'workload.process has no field replcas', 'did you mean replicas?'],
  ['workload.process.replicas.x=4', 'replicas has no field x', ''],
  ['strategy.canary.weights.first=4', 'weights has no field first', 'name an item'],
  ['strategy.canary.weights[3]=4%', 'there is no item 3', 'the list has 1'],
  ['strategy.canary.weights=[1%', 'not YAML', ''],
  ['strategy.canary.weights=*x', 'not YAML', ''],
])('--set %s is refused', (setting, message, hint) => {
  const thrown = thrownBy(() => withSet(SHOP, [setting]));
  expect(thrown.code).toBe('usage');
  expect(thrown.message).toContain(message);
  expect(thrown.hint ?? '').toContain(hint);
});

test('a refused setting does not repeat its value, which may be secret', () => {
  const thrown = thrownBy(() => withSet(SHOP, ['workload.process.envv.TOKEN=s3cret']));
  expect(JSON.stringify([thrown.message, thrown.hint])).not.toContain('s3cret');
});

function thrownBy(act: () => unknown): Failure {
  try {
    act();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
