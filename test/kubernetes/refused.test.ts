import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubeClient } from '../../src/kube/client.ts';
import { loadKubeconfig } from '../../src/kube/kubeconfig.ts';
import { resource } from '../../src/kube/resource.ts';
import { OPERATOR_NAME } from '../../src/operator/install/names.ts';
import type { Manifest } from '../../src/operator/manifest.ts';
import { EVENTS, ROLLOUTS } from '../../src/operator/objects.ts';
import { aDeployment, aRollout, installKinds, rolloutAt, until } from '../../src/operator/testing/cluster.ts';
import { DEPLOYMENTS } from '../../src/workloads/deployment/objects.ts';
import { soon } from './adopted.ts';
import { FaultProxy } from './fault-proxy.ts';
import { installAccount, kubeconfigFor } from './installed.ts';
import { newNamespace } from './objects.ts';
import { OperatorProcess } from './operator-process.ts';
import { sharedClient, sharedKubeconfig } from './shared-plane.ts';

const ROLES = resource<Manifest>('rbac.authorization.k8s.io/v1', 'Role', { plural: 'roles' });
/** For so long it is counted what a refused operator asks; it tries again every half minute. */
const COUNTED_MS = 10_000;
const MOST_REFUSED = 3;

describe.skipIf(sharedKubeconfig() === undefined)(
  'an operator that lacks a right',
  { timeout: 180_000 },
  () => {
    let client: KubeClient;
    let namespace: string;
    let proxy: FaultProxy;
    let operator: OperatorProcess;
    let kubeconfig: string;
    let role: Manifest | undefined;

    beforeAll(async () => {
      client = await sharedClient();
      await installKinds(client);
      namespace = await newNamespace(client, 'refused');
      const token = await installAccount(client, namespace, soon());
      role = await client.get(ROLES, { namespace, name: OPERATOR_NAME }, soon());
      await allow(({ resources, verbs }) => ({
        verbs: resources.includes('replicasets') ? verbs.filter((verb) => verb !== 'patch') : verbs,
      }));
      proxy = await FaultProxy.start(await loadKubeconfig({ path: sharedKubeconfig() ?? '' }));
      kubeconfig = await kubeconfigFor(token, proxy.access.server);
      operator = new OperatorProcess({ kubeconfig, namespace });
    });
    afterAll(async () => {
      await operator.end();
      await proxy.stop();
      await rm(kubeconfig);
      await client.close();
    });

    interface Rule {
      readonly resources: readonly string[];
      readonly verbs: readonly string[];
    }

    /** Changes what its role allows. */
    async function allow(changed: (rule: Rule) => Partial<Rule>): Promise<void> {
      const rules = (role?.['rules'] ?? []) as unknown as readonly Rule[];
      const merge = { rules: rules.map((rule) => ({ ...rule, ...changed(rule) })) };
      await client.patch(ROLES, { namespace, name: OPERATOR_NAME, merge: merge }, soon());
    }

    it('says which and for what, does not ask again and again, and goes on once it has it', async () => {
      const at = { namespace, name: 'shop' };
      await client.create(DEPLOYMENTS, aDeployment(namespace, 'shop', 'shop:v1'), soon());
      await client.create(ROLLOUTS, aRollout(namespace, 'shop'), soon());
      const stalled = async () =>
        (await rolloutAt(client, at))?.status?.conditions?.find(({ type }) => type === 'Stalled');
      await until('it says so', async () => (await stalled())?.reason === 'Forbidden');
      expect((await stalled())?.message).toContain('replicasets');
      const before = proxy.forbidden.length;
      await new Promise((resolve) => setTimeout(resolve, COUNTED_MS));
      expect(proxy.forbidden.length - before).toBeLessThanOrEqual(MOST_REFUSED);
      const { items } = await client.list(EVENTS, { namespace }, soon());
      expect(items.filter(({ reason }) => reason === 'Forbidden')).toHaveLength(1);
      await allow(() => ({}));
      await until('it is adopted', async () => (await rolloutAt(client, at))?.status?.phase === 'Healthy');
    });
  },
);
