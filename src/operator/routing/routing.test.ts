import { expect, it } from 'vitest';
import type { JsonObject } from '../../base/json.ts';
import { Failure } from '../../base/failure.ts';
import { resolveRollout } from '../../rollout/resolve/rollout.ts';
import { routablePlan } from './routing.ts';

const NGINX: JsonObject = { nginxIngress: { ingress: 'shop' } };
const GATEWAY: JsonObject = { gatewayAPI: { httpRoute: { name: 'shop' } } };

function planned(traffic: JsonObject, steps: readonly JsonObject[]): string {
  const spec = { workload: { deployment: { name: 'shop' } }, traffic, strategy: { canary: { steps } } };
  const document = { apiVersion: 'coalmine.dev/v1alpha1', kind: 'Rollout', metadata: { name: 'shop' }, spec };
  const rollout = resolveRollout(document, 'operator');
  try {
    return routablePlan(rollout).steps.length > 0 ? 'planned' : 'empty';
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown;
    return thrown.code;
  }
}

it.each([
  ['copies by a route', GATEWAY, 'planned'],
  ['copies by an Ingress', NGINX, 'refusedPlan'],
])('a plan is made of what its router can do, whichever that is: %s', (_, traffic, outcome) => {
  expect(planned(traffic, [{ mirror: '20%' }, { weight: '50%' }])).toBe(outcome);
});
