import { describe, expect, it } from 'vitest';
import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts';
import type { AccessRule } from '../../kube/rbac.ts';
import { SERVICE_ACCESS } from '../../traffic/kubernetes-service/rbac.ts';
import { DEPLOYMENT_ACCESS } from '../../workloads/deployment/rbac.ts';
import type { Manifest } from '../manifest.ts';
import { REVIEW_ACCESS } from '../../api/access/account.ts';
import {
  API_HOME_ACCESS,
  CLUSTER_ACCESS,
  HOME_ACCESS,
  OPERATOR_ACCESS,
  WEBHOOK_ACCESS,
  WEBHOOK_HOME_ACCESS,
} from '../rbac.ts';
import { installation } from './manifests.ts';
import { OPTIONAL_PARTS, PART_NAMES, type InstallSettings } from './settings.ts';

const PLAIN: InstallSettings = {
  namespace: 'coalmine-system',
  namespaced: false,
  enable: [],
  hold: 'always',
  image: 'coalmine:1',
  replicas: 1,
};

/** Roles for people are for people. */
function operatorRules(objects: readonly Manifest[]): readonly AccessRule[] {
  return objects
    .filter(({ kind, metadata }) => /Role$/.test(kind) && !/-(view|edit)$/.test(metadata.name))
    .flatMap((role) => role['rules'] as unknown as readonly JsonObject[])
    .map(({ apiGroups, resources, verbs, resourceNames }) => ({
      group: (apiGroups as readonly string[])[0],
      resources,
      verbs,
      ...(resourceNames === undefined ? {} : { names: resourceNames }),
    })) as unknown as readonly AccessRule[];
}

function find(objects: readonly Manifest[], kind: string, name: string): Manifest | undefined {
  return objects.find((one) => one.kind === kind && one.metadata.name === name);
}

function at(value: Json | undefined, ...path: readonly (string | number)[]): Json | undefined {
  return path.reduce<Json | undefined>((inner, key) => {
    if (Array.isArray(inner)) return inner[Number(key)] as Json;
    return isJsonObject(inner) ? inner[String(key)] : undefined;
  }, value);
}

describe('what the operator is allowed', () => {
  const always = [
    ...OPERATOR_ACCESS,
    ...CLUSTER_ACCESS,
    ...DEPLOYMENT_ACCESS,
    ...SERVICE_ACCESS,
    ...HOME_ACCESS,
  ];

  it('is what its parts ask for, and no more', () => {
    expect(operatorRules(installation(PLAIN))).toEqual(always);
  });

  it.each(PART_NAMES)('grows by what %s asks for when that is enabled, and by nothing else', (part) => {
    const rules = operatorRules(installation({ ...PLAIN, enable: [part] }));
    expect(rules).toEqual([...always, ...OPTIONAL_PARTS[part]]);
  });

  it('grows by what the webhook asks for when that is wanted', () => {
    const rules = operatorRules(installation({ ...PLAIN, hold: 'webhook' }));
    expect(rules).toEqual([...always, ...WEBHOOK_ACCESS, ...WEBHOOK_HOME_ACCESS]);
  });

  it('grows by asking who somebody is, and what he may do, when the API is served', () => {
    const rules = operatorRules(installation({ ...PLAIN, api: true }));
    expect(rules).toEqual([...always, ...REVIEW_ACCESS, ...API_HOME_ACCESS]);
    const own = operatorRules(installation({ ...PLAIN, namespaced: true, api: true }));
    expect(own).toEqual(expect.arrayContaining([...REVIEW_ACCESS]));
    const here = installation({ ...PLAIN, namespace: 'shop', namespaced: true, api: true });
    expect(find(here, 'ClusterRoleBinding', 'coalmine-api-shop')).toMatchObject({
      subjects: [{ kind: 'ServiceAccount', name: 'coalmine', namespace: 'shop' }],
    });
  });

  it('is never everything of a kind, and ends at its namespace when it is told so', () => {
    const all = installation({ ...PLAIN, enable: PART_NAMES, hold: 'webhook', api: true });
    const words = operatorRules(all).flatMap(({ group, resources, verbs }) => [
      group,
      ...resources,
      ...verbs,
    ]);
    expect(words).not.toContain('*');
    const own = installation({ ...PLAIN, enable: PART_NAMES, namespaced: true });
    expect(own.filter(({ kind }) => kind === 'ClusterRoleBinding')).toEqual([]);
    const everywhere = operatorRules(installation({ ...PLAIN, enable: PART_NAMES }));
    expect(operatorRules(own)).toHaveLength(everywhere.length - CLUSTER_ACCESS.length);
  });
});

describe('the pod of the operator', () => {
  const spec = at(find(installation(PLAIN), 'Deployment', 'coalmine'), 'spec', 'template', 'spec');

  it('runs as nobody, on a file system that it cannot write, without privileges', () => {
    expect(at(spec, 'securityContext')).toMatchObject({
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(at(spec, 'containers', 0, 'securityContext')).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  });

  it('is told where it is and which namespace is its own', () => {
    expect(at(spec, 'containers', 0, 'args')).toEqual([
      'operator',
      '--namespace=coalmine-system',
      '--health-port=8080',
    ]);
    const own = find(installation({ ...PLAIN, namespaced: true }), 'Deployment', 'coalmine');
    expect(at(own, 'spec', 'template', 'spec', 'containers', 0, 'args')).toContain('--watch=coalmine-system');
    const served = find(installation({ ...PLAIN, api: true }), 'Deployment', 'coalmine');
    expect(at(served, 'spec', 'template', 'spec', 'containers', 0, 'args')).toContain('--api-port=8443');
  });

  it('is told what its API and its cluster are called, where the API is served', () => {
    const called = { ...PLAIN, apiHosts: ['deploy.example.com', 'deploy:8443'], clusterName: 'east' };
    const argsOf = (objects: readonly Manifest[]) =>
      at(find(objects, 'Deployment', 'coalmine'), 'spec', 'template', 'spec', 'containers', 0, 'args');
    expect((argsOf(installation({ ...called, api: true })) as readonly string[]).slice(-4)).toEqual([
      '--api-port=8443',
      '--api-host=deploy.example.com',
      '--api-host=deploy:8443',
      '--cluster-name=east',
    ]);
    expect(argsOf(installation(called))).toEqual(argsOf(installation(PLAIN)));
  });
});

describe('the webhook', () => {
  it('is there only when it is wanted, and fails open but for who gives commands', () => {
    expect(find(installation(PLAIN), 'MutatingWebhookConfiguration', 'coalmine-hold')).toBeUndefined();
    const hold = find(
      installation({ ...PLAIN, hold: 'webhook' }),
      'MutatingWebhookConfiguration',
      'coalmine-hold',
    );
    expect(at(hold, 'webhooks', 0)).toMatchObject({ failurePolicy: 'Ignore', sideEffects: 'None' });
    // Who could reach a Rollout while nobody looks could say he is anybody.
    expect(at(hold, 'webhooks', 1)).toMatchObject({ failurePolicy: 'Fail', sideEffects: 'None' });
  });
});
