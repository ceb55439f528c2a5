import { describeRouter, servedBy, type ReadAny, type Served } from '../../../test/conformance/router.ts';
import { definitionsOf } from '../../../test/kubernetes/definitions.ts';
import type { KubeClient } from '../../kube/client.ts';
import { statusOf, type Resource } from '../../kube/resource.ts';
import { GRPC_ROUTES, HTTP_ROUTES, type ApiRoute, type ParentRef, type Rule } from './routes.ts';

const signal = new AbortController().signal;
const definitions = { file: definitionsOf('gateway-api'), plurals: ['httproutes', 'grpcroutes'] };
const PARENT: ParentRef = { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'public' };

/** What a Gateway's controller says of a route as it is now. */
async function accept<M>(of: Resource<ApiRoute<M>>, client: KubeClient, namespace: string): Promise<void> {
  const route = await client.get(of, { namespace, name: 'shop' }, signal);
  const observedGeneration = route?.metadata.generation ?? 0;
  const common = { status: 'True', observedGeneration, reason: 'Fine', message: '' };
  const conditions = ['Accepted', 'ResolvedRefs'].map((type) => ({
    ...common,
    type,
    lastTransitionTime: '2026-01-01T00:00:00Z',
  }));
  const status = { parents: [{ parentRef: PARENT, controllerName: 'example.com/gateway', conditions }] };
  await client.patch(statusOf(of), { namespace, name: 'shop', merge: { status } }, signal);
}

async function rulesOf<M>(of: Resource<ApiRoute<M>>, read: ReadAny): Promise<readonly Rule<M>[]> {
  return (await read(of, 'shop'))?.spec.rules ?? [];
}

async function servedByRule<M>(read: ReadAny, rule: Rule<M> | undefined): Promise<Served> {
  const backends = rule?.backendRefs ?? [];
  return servedBy(
    read,
    backends.map(({ name, weight = 1 }) => ({ name, weight })),
  );
}

function copiedBy<M>(rule: Rule<M> | undefined): number {
  const mirror = rule?.filters?.find(({ type }) => type === 'RequestMirror')?.requestMirror;
  const { numerator = 0, denominator = 100 } = mirror?.fraction ?? {};
  return mirror?.percent ?? (numerator * 100) / denominator;
}

const httpRule = {
  matches: [{ path: { type: 'PathPrefix', value: '/' } }],
  filters: [
    { type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name: 'x-shop', value: '1' }] } },
  ],
  backendRefs: [{ name: 'shop', port: 80 }],
};

describeRouter({
  name: 'HTTPRoute',
  traffic: {
    kind: 'gatewayAPI',
    route: 'HTTPRoute',
    name: 'shop',
    rules: ['primary'],
    implementation: 'istio',
  },
  definitions,
  objects: [
    {
      of: HTTP_ROUTES,
      object: {
        metadata: { name: 'shop', annotations: { 'example.com/ours': 'kept' } },
        spec: {
          parentRefs: [PARENT],
          hostnames: ['shop.example.test'],
          rules: [
            {
              name: 'orders',
              matches: [{ path: { type: 'PathPrefix', value: '/orders' } }],
              backendRefs: [{ name: 'orders', port: 80 }],
            },
            { ...httpRule, name: 'primary' },
          ],
        },
      } as ApiRoute,
    },
  ],
  weights: [0, 5, 12.5, 33.333, 50, 100],
  served: async (read) =>
    servedByRule(
      read,
      (await rulesOf(HTTP_ROUTES, read)).find(({ name }) => name === 'primary'),
    ),
  accept: (client, namespace) => accept(HTTP_ROUTES, client, namespace),
  foreign: { annotation: 'example.com/theirs' },
  drift: async (client, namespace) => {
    const route = await client.get(HTTP_ROUTES, { namespace, name: 'shop' }, signal);
    const rules = (route?.spec.rules ?? []).map((rule) =>
      rule.name === 'primary'
        ? { ...rule, backendRefs: (rule.backendRefs ?? []).map((ref) => ({ ...ref, weight: 7 })) }
        : rule,
    );
    await client.patch(HTTP_ROUTES, { namespace, name: 'shop', merge: { spec: { rules } } }, signal);
  },
  audience: {
    match: [
      { header: { name: 'x-beta', exact: '1' }, path: { prefix: '/cart' }, method: 'POST' },
      { cookie: { name: 'beta', regex: 'y|yes' }, query: { name: 'preview', present: true } },
    ],
    served: async (read) => {
      const [first, ...rest] = (await rulesOf(HTTP_ROUTES, read)).slice(1);
      if (first?.matches?.length !== 2 || rest.length !== 1) throw new Error('no rule for the audience');
      return servedByRule(read, first);
    },
  },
  copied: {
    methods: ['GET', 'HEAD'],
    percent: async (read) => copiedBy((await rulesOf(HTTP_ROUTES, read))[1]),
  },
});

describeRouter({
  name: 'GRPCRoute',
  traffic: { kind: 'gatewayAPI', route: 'GRPCRoute', name: 'shop', implementation: 'istio' },
  definitions,
  objects: [
    {
      of: GRPC_ROUTES,
      object: {
        metadata: { name: 'shop' },
        spec: {
          parentRefs: [PARENT],
          rules: [
            { matches: [{ method: { service: 'shop.v1.Cart' } }], backendRefs: [{ name: 'shop', port: 80 }] },
          ],
        },
      } as ApiRoute,
    },
  ],
  weights: [0, 25, 100],
  served: async (read) => servedByRule(read, (await rulesOf(GRPC_ROUTES, read)).at(-1)),
  accept: (client, namespace) => accept(GRPC_ROUTES, client, namespace),
  foreign: { annotation: 'example.com/theirs' },
  drift: async (client, namespace) => {
    const merge = { metadata: { annotations: { 'coalmine.dev/route': null } } };
    await client.patch(GRPC_ROUTES, { namespace, name: 'shop', merge }, signal);
  },
  audience: {
    match: [{ header: { name: 'x-beta', exact: '1' }, path: { exact: '/shop.v1.Cart/Add' } }],
    served: async (read) => servedByRule(read, (await rulesOf(GRPC_ROUTES, read))[0]),
  },
  copied: { methods: ['POST'], percent: async (read) => copiedBy((await rulesOf(GRPC_ROUTES, read))[0]) },
});
