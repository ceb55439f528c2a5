import type { JsonObject } from '../../../src/base/json.ts';
import type { KubeClient } from '../../../src/kube/client.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import { statusOf, type Resource } from '../../../src/kube/resource.ts';
import { deadlineIn } from '../../../src/system/waiting.ts';
import {
  HTTP_ROUTES,
  type ApiRoute,
  type ParentRef,
  type Rule,
} from '../../../src/traffic/gateway-api/routes.ts';
import {
  DESTINATION_RULES,
  VIRTUAL_SERVICES,
  type DestinationRule,
  type VirtualService,
} from '../../../src/traffic/istio/objects.ts';
import { INGRESSES, type Ingress } from '../../../src/traffic/nginx-ingress/objects.ts';
import { definitionsOf } from '../definitions.ts';
import type { Target } from './observer.ts';

/** A router as a user has it, and what its data plane would do. */
export interface RouterCase {
  readonly name: string;
  /** As it is written in a Rollout. */
  readonly traffic: JsonObject;
  readonly definitions?: { readonly file: string | undefined; readonly plurals: readonly string[] };
  /** The user's objects besides the Service `shop`. */
  readonly objects: readonly { readonly of: Resource; readonly object: KubeObject }[];
  /** Where ordinary requests go now. */
  readonly targets: (client: KubeClient, namespace: string) => Promise<readonly Target[]>;
  /** Plays whoever accepts what is written, once; absent: nobody has to. */
  readonly accept?: (client: KubeClient, namespace: string) => Promise<void>;
}

const soon = (): AbortSignal => deadlineIn(10_000);
const PARENT: ParentRef = { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'public' };

/** An HTTPRoute with a rule of its own for orders, which nobody may touch. */
export const GATEWAY_API: RouterCase = {
  name: 'the Gateway API',
  traffic: { gatewayAPI: { httpRoute: { name: 'shop', rules: ['primary'] } } },
  definitions: { file: definitionsOf('gateway-api'), plurals: ['httproutes', 'grpcroutes'] },
  objects: [
    {
      of: HTTP_ROUTES,
      object: {
        metadata: { name: 'shop' },
        spec: {
          parentRefs: [PARENT],
          hostnames: ['shop.example.test'],
          rules: [
            { name: 'orders', backendRefs: [{ name: 'orders', port: 80 }] },
            { name: 'primary', backendRefs: [{ name: 'shop', port: 80 }] },
          ],
        },
      } as ApiRoute,
    },
  ],
  targets: async (client, namespace) => {
    const route = await client.get(HTTP_ROUTES, { namespace, name: 'shop' }, soon());
    return backendsOf(route?.spec.rules?.find(({ name }) => name === 'primary'));
  },
  accept: acceptRoute,
};

function backendsOf(rule: Rule<unknown> | undefined): readonly Target[] {
  return (rule?.backendRefs ?? []).map(({ name, weight = 1 }) => ({ service: name, weight }));
}

/** What the controller of a Gateway says of the route as it is now. */
async function acceptRoute(client: KubeClient, namespace: string): Promise<void> {
  const route = await client.get(HTTP_ROUTES, { namespace, name: 'shop' }, soon());
  const generation = route?.metadata.generation ?? 0;
  const said = route?.status?.parents?.[0]?.conditions?.[0]?.observedGeneration;
  if (route === undefined || said === generation) return;
  const conditions = ['Accepted', 'ResolvedRefs'].map((type) => ({
    ...{ type, status: 'True', reason: 'Fine', message: '' },
    observedGeneration: generation,
    lastTransitionTime: '2026-01-01T00:00:00Z',
  }));
  const status = { parents: [{ parentRef: PARENT, controllerName: 'example.com/gateway', conditions }] };
  await client.patch(statusOf(HTTP_ROUTES), { namespace, name: 'shop', merge: { status } }, soon());
}

const ISTIO_DEFINITIONS = { file: definitionsOf('istio'), plurals: ['virtualservices', 'destinationrules'] };

const VIRTUAL_SERVICE = {
  of: VIRTUAL_SERVICES,
  object: {
    metadata: { name: 'shop' },
    spec: { hosts: ['shop'], http: [{ name: 'primary', route: [{ destination: { host: 'shop' } }] }] },
  } as VirtualService,
};

async function destinations(client: KubeClient, namespace: string) {
  const found = await client.get(VIRTUAL_SERVICES, { namespace, name: 'shop' }, soon());
  const route = found?.spec.http?.find(({ name }) => name === 'primary')?.route ?? [];
  // A destination that is alone gets everything.
  return route.map(({ destination, weight = 100 }) => ({ ...destination, weight }));
}

/** Istio with a host for each version. */
export const ISTIO_HOSTS: RouterCase = {
  name: 'Istio by hosts',
  traffic: { istio: { virtualService: { name: 'shop', routes: ['primary'] } } },
  definitions: ISTIO_DEFINITIONS,
  objects: [VIRTUAL_SERVICE],
  targets: async (client, namespace) =>
    (await destinations(client, namespace)).map(({ host, weight }) => ({ service: host, weight })),
};

/** Istio with a subset of one host for each version. */
export const ISTIO_SUBSETS: RouterCase = {
  name: 'Istio by subsets',
  traffic: {
    istio: {
      virtualService: { name: 'shop', routes: ['primary'] },
      destinationRule: { name: 'shop' },
    },
  },
  definitions: ISTIO_DEFINITIONS,
  objects: [
    VIRTUAL_SERVICE,
    {
      of: DESTINATION_RULES,
      object: { metadata: { name: 'shop' }, spec: { host: 'shop' } } as DestinationRule,
    },
  ],
  targets: async (client, namespace) => {
    const rule = await client.get(DESTINATION_RULES, { namespace, name: 'shop' }, soon());
    const found = await destinations(client, namespace);
    return found.map(({ host, subset, weight }) => {
      if (subset === undefined) return { service: host, weight };
      const named = rule?.spec.subsets?.find(({ name }) => name === subset);
      // What is not defined answers with 503.
      return named === undefined
        ? { service: 'nobody', weight }
        : { service: host, labels: named.labels ?? {}, weight };
    });
  },
};

/** An Ingress of nginx. */
export const NGINX_INGRESS: RouterCase = {
  name: 'an Ingress of nginx',
  traffic: { nginxIngress: { ingress: 'shop' } },
  objects: [
    {
      of: INGRESSES,
      object: {
        metadata: { name: 'shop' },
        spec: {
          rules: [
            {
              host: 'shop.example.test',
              http: {
                paths: [
                  {
                    path: '/',
                    pathType: 'Prefix',
                    backend: { service: { name: 'shop', port: { number: 80 } } },
                  },
                ],
              },
            },
          ],
        },
      } as Ingress,
    },
  ],
  targets: async (client, namespace) => {
    const canary = await client.get(INGRESSES, { namespace, name: 'shop-canary' }, soon());
    const said = canary?.metadata.annotations ?? {};
    const weight = Number(said['nginx.ingress.kubernetes.io/canary-weight'] ?? 0);
    const total = Number(said['nginx.ingress.kubernetes.io/canary-weight-total'] ?? 100);
    return [
      { service: 'shop', weight: total - weight },
      { service: 'shop-canary', weight },
    ];
  },
};

/** Nothing but the Service. */
export const PLAIN_SERVICE: RouterCase = {
  name: 'a plain Service',
  traffic: { service: { name: 'shop' } },
  objects: [],
  targets: () => Promise.resolve([{ service: 'shop', weight: 1 }]),
};

/** Those that send so many percent where they are told to. */
export const WEIGHING: readonly RouterCase[] = [GATEWAY_API, ISTIO_HOSTS, ISTIO_SUBSETS, NGINX_INGRESS];
