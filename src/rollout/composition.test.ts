import { describe, expect, it } from 'vitest';
import { Failure } from '../base/failure.ts';
import type { JsonObject } from '../base/json.ts';
import { localWorkload } from './local-workload.ts';
import { examineRollout, resolveRollout } from './resolve/rollout.ts';
import { gatewayOf } from './traffic.ts';

const PROCESS = { process: { from: '.', command: ['node'] } };
const DEPLOYMENT = { deployment: { name: 'shop' } };

function documentOf(workload: JsonObject, traffic: JsonObject): JsonObject {
  return {
    metadata: { name: 'shop' },
    spec: { workload, traffic, strategy: { canary: { weights: ['5%'] } } },
  };
}

describe('what runs where', () => {
  it('is refused where it does not run, naming the command that runs it', () => {
    const document = documentOf(DEPLOYMENT, { service: { name: 'shop' } });
    expect(examineRollout(document, 'embedded').findings).toEqual([
      {
        path: 'spec.workload.deployment',
        reason: 'workload.deployment is for `coalmine operator`, in a cluster',
        hint: '`coalmine up`, on one machine, runs process, container',
        atKey: true,
      },
      {
        path: 'spec.traffic.service',
        reason: 'traffic.service is for `coalmine operator`, in a cluster',
        hint: '`coalmine up`, on one machine, serves through gateway',
        atKey: true,
      },
    ]);
    expect(examineRollout(document, 'operator').findings).toEqual([]);
  });

  it('is refused in a cluster too', () => {
    const { findings } = examineRollout(documentOf(PROCESS, { gateway: {} }), 'operator');
    expect(findings.map(({ path }) => path)).toEqual(['spec.workload.process', 'spec.traffic.gateway']);
  });

  it('is valid by itself wherever it could run, and not where its parts never meet', () => {
    expect(examineRollout(documentOf(DEPLOYMENT, { service: { name: 'shop' } })).findings).toEqual([]);
    expect(examineRollout(documentOf(PROCESS, { service: { name: 'shop' } })).findings).toMatchObject([
      { path: 'spec.traffic.service', reason: expect.stringContaining('coalmine operator') as string },
    ]);
  });

  it('is a Deployment with what is known before it was seen', () => {
    const { workload, traffic, namespace } = resolveRollout({
      ...documentOf(DEPLOYMENT, { service: { name: 'shop' } }),
      metadata: { name: 'shop', namespace: 'web' },
    });
    expect(workload).toEqual({
      kind: 'deployment',
      name: 'shop',
      hold: 'webhook',
      replicas: 1,
      stop: { drainMs: 30_000 },
    });
    expect([traffic, namespace]).toEqual([{ kind: 'service', name: 'shop' }, 'web']);
    expect(() => localWorkload(workload)).toThrow(Failure);
  });

  it('is reached by hosts in lower case', () => {
    const { traffic } = resolveRollout(documentOf(PROCESS, { gateway: { host: 'Shop.Example.com' } }));
    expect(gatewayOf(traffic)?.host).toBe('shop.example.com');
  });
});
