import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FaultProxy } from '../../test/kubernetes/fault-proxy.ts';
import { newNamespace } from '../../test/kubernetes/objects.ts';
import { sharedClient, sharedKubeconfig } from '../../test/kubernetes/shared-plane.ts';
import { kubeClient } from '../kube/api-client.ts';
import type { KubeClient } from '../kube/client.ts';
import { loadKubeconfig } from '../kube/kubeconfig.ts';
import { deadlineIn } from '../system/waiting.ts';
import { silentLog } from '../telemetry/log.ts';
import { CONFIGS, DEPLOYMENTS } from '../workloads/deployment/objects.ts';
import { ROLLOUTS } from './objects.ts';
import { ClusterProviders } from './providers.ts';
import { OperatorRuntime } from './runtime.ts';
import { aDeployment, installKinds, PATIENCE_MS, rolloutAt, until } from './testing/cluster.ts';

const NAMES = ['plain', 'held', 'configured'];

describe.skipIf(sharedKubeconfig() === undefined)('an operator that has nothing to do', () => {
  let client: KubeClient;
  let proxy: FaultProxy;
  let through: KubeClient;
  let runtime: OperatorRuntime;
  let namespace: string;
  const soon = (): AbortSignal => deadlineIn(PATIENCE_MS);

  beforeAll(async () => {
    client = await sharedClient();
    await installKinds(client);
    namespace = await newNamespace(client, 'operator-rest');
    proxy = await FaultProxy.start(await loadKubeconfig({ path: sharedKubeconfig() ?? '' }));
    through = kubeClient(proxy.access);
    const options = { client: through, namespace, log: silentLog };
    runtime = new OperatorRuntime({
      ...options,
      providers: new ClusterProviders({ ...options, key: 'key' }),
    });
    await runtime.start(soon());
  });
  afterAll(async () => {
    await runtime.stop();
    await through.close();
    await proxy.stop();
    await client.close();
  });

  async function declare(name: string): Promise<void> {
    const { metadata, spec } = aDeployment(namespace, name, `${name}:v1`);
    const envFrom = [
      { configMapRef: { name: 'settings' } },
      { secretRef: { name: 'nobody-made-it', optional: true } },
    ];
    const container = { name: 'main', image: `${name}:v1`, ...(name === 'configured' ? { envFrom } : {}) };
    const template = { ...spec.template, spec: { containers: [container] } };
    await client.create(DEPLOYMENTS, { metadata, spec: { ...spec, template } }, soon());
    const hold = name === 'held' ? 'always' : 'webhook';
    const rollout = { workload: { deployment: { name, hold } }, strategy: { canary: { replicas: [1] } } };
    await client.create(ROLLOUTS, { metadata: { namespace, name }, spec: rollout }, soon());
    await until(`${name} is Healthy`, async () => {
      const object = await rolloutAt(client, { namespace, name });
      return object?.status?.phase === 'Healthy';
    });
  }

  it('asks the API server nothing, however often it looks', async () => {
    const settings = { metadata: { namespace, name: 'settings' }, data: { colour: 'green' } };
    await client.create(CONFIGS.ConfigMap, settings, soon());
    for (const name of NAMES) await declare(name);
    const look = async (): Promise<void> => {
      for (const name of NAMES) await runtime.controller.look(`${namespace}/${name}`);
    };
    const asked = (): readonly string[] =>
      proxy.requests.filter(({ path }) => !path.includes('watch=true')).map(({ path }) => path);
    await until('nothing is left to be done', async () => {
      const before = asked().length;
      await look();
      return asked().length === before;
    });
    const before = asked().length;
    for (let times = 0; times < 12; times += 1) await look();
    expect(asked().slice(before)).toEqual([]);
  });
});
