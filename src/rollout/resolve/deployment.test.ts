import { expect, test } from 'vitest';
import type { JsonObject } from '../../base/json.ts';
import { examineRollout } from './rollout.ts';
import { resolveDeployment } from './workload.ts';

test('a Deployment is held by the webhook, and has one replica until it has been looked at', () => {
  expect(resolveDeployment({ name: 'shop' })).toEqual({
    kind: 'deployment',
    name: 'shop',
    hold: 'webhook',
    replicas: 1,
    stop: { drainMs: 30_000 },
  });
  expect(resolveDeployment({ name: 'shop', hold: 'always' }).hold).toBe('always');
});

function findingsOf(strategy: JsonObject) {
  const spec = {
    workload: { deployment: { name: 'shop' } },
    traffic: { service: { name: 'shop' } },
    strategy,
  };
  return examineRollout({ metadata: { name: 'shop' }, spec }).findings;
}

test('stopping the old version first is refused', () => {
  expect(findingsOf({ recreate: {} })).toContainEqual(
    expect.objectContaining({ path: 'spec.strategy.recreate', hint: 'use ramped' }),
  );
});

test('variants of an experiment have no environment of their own', () => {
  const variants = [
    { name: 'blue', share: '50%', stable: true },
    { name: 'green', share: '50%', env: { BUTTON: 'green' } },
  ];
  const goal = { conversion: { method: 'POST', path: '/orders' } };
  expect(findingsOf({ ab: { unit: { cookie: 'uid' }, variants, goal } })).toContainEqual(
    expect.objectContaining({ path: 'spec.strategy.ab.variants[1].env' }),
  );
});
