import {
  describeRouter,
  servedBy,
  versionsIn,
  type ReadAny,
  type Served,
} from '../../../test/conformance/router.ts';
import { definitionsOf } from '../../../test/kubernetes/definitions.ts';
import type { KubeClient } from '../../kube/client.ts';
import {
  DESTINATION_RULES,
  VIRTUAL_SERVICES,
  type HttpRoute,
  type VirtualService,
  type Weighted,
} from './objects.ts';

const signal = new AbortController().signal;
const definitions = { file: definitionsOf('istio'), plurals: ['virtualservices', 'destinationrules'] };

const virtualService: VirtualService = {
  metadata: { name: 'shop' },
  spec: {
    hosts: ['shop.example.test'],
    http: [
      {
        name: 'orders',
        match: [{ uri: { prefix: '/orders' } }],
        route: [{ destination: { host: 'orders' } }],
      },
      { name: 'primary', route: [{ destination: { host: 'shop', port: { number: 80 } }, weight: 100 }] },
    ],
  },
};

async function routesOf(read: ReadAny): Promise<readonly HttpRoute[]> {
  return (await read(VIRTUAL_SERVICES, 'shop'))?.spec.http ?? [];
}

/** By subsets where there are any, by hosts where not. */
async function servedByRoute(read: ReadAny, { route = [] }: HttpRoute): Promise<Served> {
  const weightOf = ({ weight = 100 }: Weighted): number => weight;
  if (route.every(({ destination }) => destination.subset === undefined)) {
    return servedBy(
      read,
      route.map((one) => ({ name: one.destination.host, weight: weightOf(one) })),
    );
  }
  const subsets = (await read(DESTINATION_RULES, 'shop'))?.spec.subsets ?? [];
  const total = route.reduce((sum, one) => sum + weightOf(one), 0);
  const shares = route.map((one) => {
    const subset = subsets.find(({ name }) => name === one.destination.subset);
    if (subset === undefined) throw new Error(`${String(one.destination.subset)} is not defined: 503`);
    return [versionsIn(subset.labels).join(), (weightOf(one) * 100) / total] as const;
  });
  return Object.fromEntries(shares);
}

async function named(read: ReadAny, name: string): Promise<HttpRoute> {
  return (await routesOf(read)).find((one) => one.name === name) ?? {};
}

async function drift(client: KubeClient, namespace: string): Promise<void> {
  const current = await client.get(VIRTUAL_SERVICES, { namespace, name: 'shop' }, signal);
  const http = (current?.spec.http ?? []).map((one) =>
    one.name === 'primary' ? { ...one, timeout: '9s', route: one.route?.slice(0, 1) } : one,
  );
  const merge = { spec: { http } } as never;
  await client.patch(VIRTUAL_SERVICES, { namespace, name: 'shop', merge }, signal);
}

const common = {
  definitions,
  weights: [0, 1, 12.5, 50, 100],
  served: async (read: ReadAny) => servedByRoute(read, await named(read, 'primary')),
  drift,
  foreign: { annotation: 'example.com/theirs' },
  audience: {
    match: [
      { header: { name: 'X-Beta', prefix: 'y' }, path: { prefix: '/cart' } },
      { header: { name: 'x-old', present: false }, cookie: { name: 'beta', present: true } },
    ],
    served: async (read: ReadAny) => servedByRoute(read, (await routesOf(read))[1] ?? {}),
  },
  copied: {
    methods: ['GET', 'HEAD'],
    percent: async (read: ReadAny) => (await routesOf(read))[1]?.mirrorPercentage?.value ?? 0,
  },
};

describeRouter({
  ...common,
  name: 'Istio by hosts',
  traffic: { kind: 'istio', virtualService: 'shop', routes: ['primary'], sticky: { cookie: 'shop' } },
  objects: [{ of: VIRTUAL_SERVICES, object: virtualService }],
});

describeRouter({
  ...common,
  name: 'Istio by subsets',
  traffic: { kind: 'istio', virtualService: 'shop', routes: ['primary'], destinationRule: 'shop' },
  sharesService: true,
  objects: [
    { of: VIRTUAL_SERVICES, object: virtualService },
    {
      of: DESTINATION_RULES,
      object: {
        metadata: { name: 'shop' },
        spec: { host: 'shop', subsets: [{ name: 'west', labels: { zone: 'west' } }] },
      } as never,
    },
  ],
});
