import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { KubeClient } from '../../src/kube/client.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { resource, type Resource } from '../../src/kube/resource.ts';
import { ROLLOUTS } from '../../src/operator/objects.ts';
import {
  aDeployment,
  aRollout,
  installKinds,
  PATIENCE_MS,
  until,
} from '../../src/operator/testing/cluster.ts';
import { deadlineIn } from '../../src/system/waiting.ts';
import { SERVICES } from '../../src/traffic/cluster/services.ts';
import { HTTP_ROUTES } from '../../src/traffic/gateway-api/routes.ts';
import { DESTINATION_RULES, VIRTUAL_SERVICES } from '../../src/traffic/istio/objects.ts';
import { INGRESSES } from '../../src/traffic/nginx-ingress/objects.ts';
import { DEPLOYMENTS, type Deployment } from '../../src/workloads/deployment/objects.ts';
import { Bench } from '../cli/harness.ts';
import { definitionsOf, installDefinitions } from './definitions.ts';
import { newNamespace } from './objects.ts';
import { ownKubeconfig } from './own-plane.ts';
import { clientOf, sharedKubeconfig } from './shared-plane.ts';

const AUTOSCALERS = resource<KubeObject & { readonly spec: object }>(
  'autoscaling/v2',
  'HorizontalPodAutoscaler',
  { plural: 'horizontalpodautoscalers' },
);
const soon = (): AbortSignal => deadlineIn(PATIENCE_MS);
const gatewayApi = definitionsOf('gateway-api');
const istio = definitionsOf('istio');

/** An object that is there beside the Deployment `shop`. */
interface Beside {
  readonly of: Resource;
  readonly name: string;
  readonly spec: object;
}

const service = (name = 'shop'): Beside => ({
  of: SERVICES,
  name,
  spec: { selector: { app: 'shop' }, ports: [{ port: 80 }] },
});
const httpRoute = (...backends: readonly string[]): Beside => ({
  of: HTTP_ROUTES,
  name: 'web',
  spec: { rules: [{ backendRefs: backends.map((name) => ({ name, port: 80 })) }] },
});
const virtualService: Beside = {
  of: VIRTUAL_SERVICES,
  name: 'mesh',
  spec: {
    hosts: ['shop.example.test'],
    http: [
      { match: [{ uri: { prefix: '/orders' } }], route: [{ destination: { host: 'orders' } }] },
      { route: [{ destination: { host: 'shop' } }] },
    ],
  },
};
const ingress = (ingressClassName: string): Beside => ({
  of: INGRESSES,
  name: 'front',
  spec: {
    ingressClassName,
    rules: [
      {
        host: 'shop.test',
        http: {
          paths: [
            { path: '/', pathType: 'Prefix', backend: { service: { name: 'shop', port: { number: 80 } } } },
          ],
        },
      },
    ],
  },
});
const autoscaler: Beside = {
  of: AUTOSCALERS,
  name: 'sizes',
  spec: {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'shop' },
    minReplicas: 2,
    maxReplicas: 9,
    metrics: [
      {
        type: 'Resource',
        resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } },
      },
    ],
  },
};

interface Found {
  readonly what: string;
  readonly beside: readonly Beside[];
  readonly without?: boolean;
  readonly traffic?: object;
  readonly strategy: object;
  readonly says: readonly string[];
}

const BY_REPLICAS = { canary: { replicas: [1, '25%', '50%'] } };
const BY_WEIGHT = { canary: { weights: ['5%', '25%', '50%'] } };

const FOUND: readonly Found[] = [
  {
    what: 'a worker',
    beside: [],
    strategy: BY_REPLICAS,
    says: [
      'no Service selects its pods',
      'stable 50%, canary 50%',
      'spec.paused of the Deployment becomes true',
    ],
  },
  {
    what: 'a Service, and what sizes it',
    beside: [service(), autoscaler],
    strategy: BY_REPLICAS,
    says: [
      'divided by replicas',
      'HorizontalPodAutoscaler sizes',
      'by cpu, from 2 to 9',
      'pods of both versions',
    ],
  },
  {
    what: 'an Ingress of nginx',
    beside: [service(), ingress('nginx')],
    traffic: { nginxIngress: { ingress: 'front' } },
    strategy: BY_WEIGHT,
    says: ['Ingress front sends to the Service shop', 'shop-stable and shop-canary'],
  },
  {
    what: 'an Ingress of somebody else',
    beside: [service(), ingress('other')],
    strategy: BY_REPLICAS,
    says: ['Ingress front is not steered: it is of the class other'],
  },
  {
    what: 'an HTTPRoute',
    beside: [service(), httpRoute('shop')],
    without: gatewayApi === undefined,
    traffic: { gatewayAPI: { httpRoute: { name: 'web' } } },
    strategy: BY_WEIGHT,
    says: ['HTTPRoute web sends to the Service shop'],
  },
  {
    what: 'an HTTPRoute whose rule sends elsewhere too',
    beside: [service(), httpRoute('shop', 'other')],
    without: gatewayApi === undefined,
    strategy: BY_REPLICAS,
    says: ['HTTPRoute web is not steered: a rule of it sends to other as well'],
  },
  {
    what: 'a VirtualService, its subsets, and an Ingress beside it',
    beside: [
      service(),
      virtualService,
      { of: DESTINATION_RULES, name: 'parts', spec: { host: 'shop', subsets: [] } },
      ingress('nginx'),
    ],
    without: istio === undefined,
    traffic: {
      istio: { virtualService: { name: 'mesh' }, destinationRule: { name: 'parts' }, service: 'shop' },
    },
    strategy: BY_WEIGHT,
    says: [
      'VirtualService mesh sends',
      'the DestinationRule parts has the subsets stable and canary',
      'Ingress front sends there too, and is not steered',
    ],
  },
];

type Changes = Partial<Deployment['spec']>;

const REFUSED: readonly (readonly [string, Changes, string])[] = [
  ['Recreate', { strategy: { type: 'Recreate' } }, 'make it RollingUpdate'],
  ['no history', { revisionHistoryLimit: 0 }, 'make it 1 or more'],
  ['scaled to zero', { replicas: 0 }, 'scale it up once'],
];

describe.skipIf(sharedKubeconfig() === undefined)('coalmine adopt, against real objects', () => {
  // No webhook of others is asked there.
  const kubeconfig = ownKubeconfig();
  let client: KubeClient;
  let bench: Bench;
  let namespace = '';

  beforeAll(async () => {
    client = await clientOf(kubeconfig());
    bench = await Bench.create();
    await installKinds(client);
    if (gatewayApi !== undefined) await installDefinitions(client, gatewayApi, ['httproutes', 'grpcroutes']);
    if (istio !== undefined) await installDefinitions(client, istio, ['virtualservices', 'destinationrules']);
  });
  beforeEach(async () => {
    namespace = await newNamespace(client, 'adopt');
  });
  afterAll(async () => {
    await bench.destroy();
    await client.close();
  });

  const coalmine = (...argv: readonly string[]) =>
    bench.run([...argv, '--kubeconfig', kubeconfig(), '--namespace', namespace]);

  async function deploy(changes: Changes = {}): Promise<void> {
    const { spec, ...rest } = aDeployment(namespace, 'shop', 'shop:v1');
    await client.create(DEPLOYMENTS, { ...rest, spec: { ...spec, ...changes } }, soon());
    if (changes.replicas === 0) return;
    await until('its pods are ready', async () => {
      const there = await client.get(DEPLOYMENTS, { namespace, name: 'shop' }, soon());
      return there?.status?.availableReplicas === 2;
    });
  }

  it.each(FOUND)('finds $what', async ({ beside, without = false, traffic, strategy, says }) => {
    if (without) return;
    await deploy();
    for (const { of, name, spec } of beside)
      await client.create(of, { metadata: { name, namespace }, spec } as KubeObject, soon());
    const { code, out, err } = await coalmine('adopt', 'deployment/shop');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    for (const words of says) expect(out).toContain(words);
    expect(parse(out)).toEqual({
      apiVersion: 'coalmine.dev/v1alpha1',
      kind: 'Rollout',
      metadata: { name: 'shop', namespace },
      spec: {
        workload: { deployment: { name: 'shop', hold: 'always' } },
        ...(traffic === undefined ? {} : { traffic }),
        strategy,
      },
    });
    const applied = await coalmine('adopt', 'deploy/shop', '--apply');
    expect({ code: applied.code, err: applied.err }).toEqual({ code: 0, err: '' });
    const made = await client.get(ROLLOUTS, { namespace, name: 'shop' }, soon());
    expect(made?.spec).toMatchObject({ strategy });
  });

  it.each(REFUSED)('says why not, and what to do: %s', async (_, changes, hint) => {
    await deploy(changes);
    const { code, out, err } = await coalmine('adopt', 'deployment/shop');
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain('the Deployment shop cannot be adopted as it is');
    expect(err).toContain(hint);
  });

  it('says who else writes spec.paused', async () => {
    await deploy();
    const merge = { spec: { paused: true } };
    await client.patch(DEPLOYMENTS, { namespace, name: 'shop', fieldManager: 'helm', merge }, soon());
    expect(await coalmine('adopt', 'shop')).toMatchObject({
      code: 2,
      err: expect.stringContaining('take it out of what helm applies') as string,
    });
  });

  it('refuses what is not there, is adopted already, or could be meant in several ways', async () => {
    expect((await coalmine('adopt', 'deployment/shop')).code).toBe(7);
    expect((await coalmine('adopt', 'statefulset/shop')).code).toBe(2);
    await deploy();
    for (const name of ['shop', 'inner'])
      await client.create(SERVICES, { metadata: { name, namespace }, spec: service().spec }, soon());
    const several = await coalmine('adopt', 'shop');
    expect(several).toMatchObject({ code: 2, err: expect.stringContaining('--service NAME') as string });
    expect((await coalmine('adopt', 'shop', '--service', 'inner')).code).toBe(0);
    await client.create(ROLLOUTS, aRollout(namespace, 'first', 'shop'), soon());
    expect(await coalmine('adopt', 'shop', '--service', 'shop')).toMatchObject({
      code: 6,
      err: expect.stringContaining('the Rollout first has adopted the Deployment shop already') as string,
    });
  });

  it('prints a document that plan takes for the same Deployment, as it takes the name of what was made of it', async () => {
    await deploy();
    const file = join(bench.dir, `${namespace}.yaml`);
    await writeFile(file, (await coalmine('adopt', 'shop', '-o', 'yaml')).out);
    const planned = await coalmine('plan', file);
    expect({ code: planned.code, err: planned.err }).toEqual({ code: 0, err: '' });
    expect(planned.out).toContain('1 of 2 replicas new');
    expect(await coalmine('plan', 'shop')).toMatchObject({
      code: 7,
      err: expect.stringContaining('there is no Rollout named shop') as string,
    });
    expect((await coalmine('adopt', 'shop', '--apply')).code).toBe(0);
    expect(await coalmine('plan', 'shop')).toEqual(planned);
    await client.delete(DEPLOYMENTS, { namespace, name: 'shop' }, soon());
    expect(await coalmine('plan', file)).toMatchObject({ code: 7 });
  });
});
