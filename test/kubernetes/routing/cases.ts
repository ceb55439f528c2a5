import type { JsonObject } from '../../../src/base/json.ts';
import type { KubeClient } from '../../../src/kube/client.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import { statusOf, type Resource } from '../../../src/kube/resource.ts';
import { deadlineIn } from '../../../src/system/waiting.ts';
import {
  GRPC_ROUTES,
  HTTP_ROUTES,
  type ApiRoute,
  type ParentRef,
} from '../../../src/traffic/gateway-api/routes.ts';
import {
  DESTINATION_RULES,
  VIRTUAL_SERVICES,
  type DestinationRule,
  type VirtualService,
} from '../../../src/traffic/istio/objects.ts';
import { INGRESSES, type Ingress } from '../../../src/traffic/nginx-ingress/objects.ts';
import { definitionsOf } from '../definitions.ts';
import {
  grpcRoutePlane,
  httpRoutePlane,
  istioPlane,
  nginxPlane,
  type Plane,
  type Request,
} from './planes.ts';

/** A router as a user has it, and what its data plane would do. */
export interface RouterCase {
  readonly name: string;
  /** As it is written in a Rollout. */
  readonly traffic: JsonObject;
  readonly definitions?: { readonly file: string | undefined; readonly plurals: readonly string[] };
  /** The user's objects besides the Service `shop`. */
  readonly objects: readonly { readonly of: Resource; readonly object: KubeObject }[];
  /** What the data plane does with requests now. */
  readonly plane: (client: KubeClient, namespace: string) => Promise<Plane>;
  /** What ordinary requests look like; absent: a GET of `/`. */
  readonly request?: Pick<Request, 'method' | 'path'>;
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
            {
              name: 'orders',
              matches: [{ path: { type: 'PathPrefix', value: '/orders' } }],
              backendRefs: [{ name: 'orders', port: 80 }],
            },
            { name: 'primary', backendRefs: [{ name: 'shop', port: 80 }] },
          ],
        },
      } as ApiRoute,
    },
  ],
  plane: async (client, namespace) => {
    const route = await client.get(HTTP_ROUTES, { namespace, name: 'shop' }, soon());
    return httpRoutePlane(route?.spec.rules ?? []);
  },
  accept: (client, namespace) => acceptRoute(HTTP_ROUTES, client, namespace),
};

/** A GRPCRoute of one service. */
export const GRPC_API: RouterCase = {
  name: 'a GRPCRoute',
  traffic: { gatewayAPI: { grpcRoute: { name: 'shop' } } },
  ...(GATEWAY_API.definitions === undefined ? {} : { definitions: GATEWAY_API.definitions }),
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
  request: { method: 'POST', path: '/shop.v1.Cart/Add' },
  plane: async (client, namespace) => {
    const route = await client.get(GRPC_ROUTES, { namespace, name: 'shop' }, soon());
    return grpcRoutePlane(route?.spec.rules ?? []);
  },
  accept: (client, namespace) => acceptRoute(GRPC_ROUTES, client, namespace),
};

/** What the controller of a Gateway says of the route as it is now. */
async function acceptRoute<M>(
  of: Resource<ApiRoute<M>>,
  client: KubeClient,
  namespace: string,
): Promise<void> {
  const route = await client.get(of, { namespace, name: 'shop' }, soon());
  const generation = route?.metadata.generation ?? 0;
  const said = route?.status?.parents?.[0]?.conditions?.[0]?.observedGeneration;
  if (route === undefined || said === generation) return;
  const conditions = ['Accepted', 'ResolvedRefs'].map((type) => ({
    ...{ type, status: 'True', reason: 'Fine', message: '' },
    observedGeneration: generation,
    lastTransitionTime: '2026-01-01T00:00:00Z',
  }));
  const status = { parents: [{ parentRef: PARENT, controllerName: 'example.com/gateway', conditions }] };
  await client.patch(statusOf(of), { namespace, name: 'shop', merge: { status } }, soon());
}

const ISTIO_DEFINITIONS = { file: definitionsOf('istio'), plurals: ['virtualservices', 'destinationrules'] };

const VIRTUAL_SERVICE = {
  of: VIRTUAL_SERVICES,
  object: {
    metadata: { name: 'shop' },
    spec: { hosts: ['shop'], http: [{ name: 'primary', route: [{ destination: { host: 'shop' } }] }] },
  } as VirtualService,
};

async function routesOf(client: KubeClient, namespace: string) {
  const found = await client.get(VIRTUAL_SERVICES, { namespace, name: 'shop' }, soon());
  return found?.spec.http ?? [];
}

/** Istio with a host for each version. */
export const ISTIO_HOSTS: RouterCase = {
  name: 'Istio by hosts',
  traffic: { istio: { virtualService: { name: 'shop', routes: ['primary'] } } },
  definitions: ISTIO_DEFINITIONS,
  objects: [VIRTUAL_SERVICE],
  plane: async (client, namespace) =>
    istioPlane(await routesOf(client, namespace), (host) => ({ service: host })),
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
  plane: async (client, namespace) => {
    const rule = await client.get(DESTINATION_RULES, { namespace, name: 'shop' }, soon());
    return istioPlane(await routesOf(client, namespace), (host, subset) => {
      if (subset === undefined) return { service: host };
      const named = rule?.spec.subsets?.find(({ name }) => name === subset);
      // What is not defined answers with 503.
      return named === undefined ? { service: 'nobody' } : { service: host, labels: named.labels ?? {} };
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
  plane: async (client, namespace) => {
    const canary = await client.get(INGRESSES, { namespace, name: 'shop-canary' }, soon());
    return nginxPlane(canary?.metadata.annotations ?? {});
  },
};

/** Nothing but the Service. */
export const PLAIN_SERVICE: RouterCase = {
  name: 'a plain Service',
  traffic: { service: { name: 'shop' } },
  objects: [],
  plane: () => Promise.resolve(() => ({ targets: [{ service: 'shop', weight: 1 }], copies: [] })),
};

/** Those that send so many percent where they are told to. */
export const WEIGHING: readonly RouterCase[] = [
  GATEWAY_API,
  GRPC_API,
  ISTIO_HOSTS,
  ISTIO_SUBSETS,
  NGINX_INGRESS,
];
