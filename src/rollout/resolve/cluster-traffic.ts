import type { ClusterTraffic } from '../cluster-traffic.ts';
import { cookieName } from './traffic.ts';
import type { RolloutSpec } from '../schema/document.ts';

type WrittenTraffic = NonNullable<RolloutSpec['traffic']>;
type Written<Key extends keyof WrittenTraffic> = NonNullable<WrittenTraffic[Key]>;

/** `spec.traffic` of a cluster, for the Rollout of this name; undefined where it is something else. */
export function resolveClusterTraffic(written: WrittenTraffic, rollout: string): ClusterTraffic | undefined {
  const { service, gatewayAPI, istio, nginxIngress } = written;
  if (service !== undefined) return { kind: 'service', name: service.name };
  if (gatewayAPI !== undefined) return resolveGatewayApi(gatewayAPI, rollout);
  if (istio !== undefined) return resolveIstio(istio, rollout);
  if (nginxIngress === undefined) return undefined;
  return {
    kind: 'nginxIngress',
    ingress: nginxIngress.ingress,
    ...routedOf(nginxIngress, rollout),
  };
}

function resolveGatewayApi(written: Written<'gatewayAPI'>, rollout: string): ClusterTraffic | undefined {
  const { httpRoute, grpcRoute, implementation } = written;
  const reference = httpRoute ?? grpcRoute;
  if (reference === undefined) return undefined;
  const { name, rules } = reference;
  return {
    kind: 'gatewayAPI',
    route: httpRoute === undefined ? 'GRPCRoute' : 'HTTPRoute',
    name,
    ...(rules === undefined ? {} : { rules }),
    ...(implementation === undefined ? {} : { implementation }),
    ...routedOf(written, rollout),
  };
}

function resolveIstio(written: Written<'istio'>, rollout: string): ClusterTraffic {
  const { virtualService, destinationRule } = written;
  const { name, routes } = virtualService;
  return {
    kind: 'istio',
    virtualService: name,
    ...(routes === undefined ? {} : { routes }),
    ...(destinationRule === undefined ? {} : { destinationRule: destinationRule.name }),
    ...routedOf(written, rollout),
  };
}

function routedOf(
  { service, sticky }: Pick<Written<'istio'>, 'service' | 'sticky'>,
  rollout: string,
): { readonly service?: string; readonly sticky?: { readonly cookie: string } } {
  return {
    ...(service === undefined ? {} : { service }),
    ...(sticky === undefined ? {} : { sticky: { cookie: cookieName(sticky.cookie, rollout) } }),
  };
}
