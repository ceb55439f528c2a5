import { describe, expect, it } from 'vitest';
import type { Deployment, Pod } from '../../workloads/deployment/objects.ts';
import { isSameKept, keptDeployment, keptPod } from './kept.ts';

function deployment(of: Partial<Deployment['metadata']> = {}, image = 'shop:v1'): Deployment {
  return {
    kind: 'Deployment',
    metadata: { name: 'shop', uid: 'u', resourceVersion: '1', generation: 1, ...of },
    spec: { replicas: 2, selector: {}, template: { spec: { containers: [{ name: 'shop', image }] } } },
  };
}

describe('what is kept of a Deployment', () => {
  it('is the same specification for as long as its generation is', () => {
    const before = keptDeployment(deployment());
    expect(keptDeployment(deployment({ resourceVersion: '2' }), before).spec).toBe(before.spec);
  });

  it('is the same template while only other things are written', () => {
    const before = keptDeployment(deployment());
    const paused = deployment({ generation: 2 });
    const now = keptDeployment({ ...paused, spec: { ...paused.spec, paused: true } }, before);
    expect(now.spec).toMatchObject({ paused: true });
    expect(now.spec.template).toBe(before.spec.template);
  });

  it('is another one of another template, and of another Deployment of the name', () => {
    const before = keptDeployment(deployment());
    const image = 'shop:v2';
    for (const other of [deployment({ generation: 2 }, image), deployment({ uid: 'other' }, image)])
      expect(keptDeployment(other, before).spec).toEqual(other.spec);
  });

  it('says who else writes whether it is paused, and nothing else of who wrote what', () => {
    const managedFields = [
      { manager: 'kubectl', fieldsV1: { 'f:spec': { 'f:paused': {}, 'f:replicas': {} } } },
      { manager: 'other', fieldsV1: { 'f:spec': { 'f:replicas': {} } } },
    ];
    expect(keptDeployment(deployment({ managedFields })).metadata.managedFields).toEqual([
      { manager: 'kubectl', fieldsV1: { 'f:spec': { 'f:paused': {} } } },
    ]);
  });
});

describe('what is kept of a pod', () => {
  const pod = (resourceVersion: string, more: object = {}, ready = 'True'): Pod => ({
    kind: 'Pod',
    metadata: { name: 'shop-1', resourceVersion },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: ready, ...more }] },
  });

  it('is no other when only what nobody reads has changed', () => {
    const heard = { lastProbeTime: '2026-01-01T00:00:00Z' };
    expect(isSameKept(keptPod(pod('1')), keptPod(pod('2', heard)))).toBe(true);
    expect(isSameKept(keptPod(pod('1')), keptPod(pod('2', {}, 'False')))).toBe(false);
  });
});
