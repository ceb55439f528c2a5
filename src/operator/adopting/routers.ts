import type { JsonObject } from '../../base/json.ts';
import { GRPC_ROUTES, type ApiRoute } from '../../traffic/gateway-api/routes.ts';
import type { VirtualService } from '../../traffic/istio/objects.ts';
import type { Ingress } from '../../traffic/nginx-ingress/objects.ts';
import type { Surroundings } from './surroundings.ts';

/** Something that sends requests to a Service. */
export interface FoundRouter {
  /** As in `HTTPRoute shop`. */
  readonly what: string;
  /** What is written in `spec.traffic` to have it steered, or why it cannot be. */
  readonly use: { readonly traffic: JsonObject } | { readonly unusable: string };
  /** The DestinationRule by whose subsets versions are told apart; absent: Services beside the one do that. */
  readonly subsetsIn?: string;
}

/** Everything around that sends requests to a Service, those first that can be steered. */
export function routersTo(service: string, around: Surroundings): readonly FoundRouter[] {
  const { deployment, routes, virtualServices, ingresses } = around;
  const target = { name: service, namespace: deployment.metadata.namespace ?? 'default' };
  const all = [
    ...routes.flatMap((one) => apiRoute(one, target)),
    ...virtualServices.flatMap((one) => virtualService(one, target, around)),
    ...ingresses.flatMap((one) => ingress(one, target)),
  ];
  return all.sort((a, b) => Number('unusable' in a.use) - Number('unusable' in b.use));
}

interface Target {
  readonly name: string;
  readonly namespace: string;
}

/** The Services that each rule of a route sends to. */
type Rules = readonly (readonly string[])[];

function apiRoute({ kind, metadata, spec }: ApiRoute, target: Target): readonly FoundRouter[] {
  const rules = (spec.rules ?? []).map(({ backendRefs = [] }) =>
    backendRefs
      .filter((ref) => (ref.kind ?? 'Service') === 'Service')
      .map(({ name, namespace = target.namespace }) =>
        namespace === target.namespace ? name : `${namespace}/${name}`,
      ),
  );
  const isGrpc = kind === GRPC_ROUTES.kind;
  const field = isGrpc ? 'grpcRoute' : 'httpRoute';
  return found(`${isGrpc ? 'GRPCRoute' : 'HTTPRoute'} ${metadata.name}`, { rules, target }, (which) => ({
    gatewayAPI: { [field]: { name: metadata.name }, ...which },
  }));
}

function virtualService(
  { metadata, spec }: VirtualService,
  target: Target,
  { destinationRules }: Surroundings,
): readonly FoundRouter[] {
  const rules = (spec.http ?? []).map(({ route = [] }) =>
    route.map(({ destination }) => serviceNamed(destination.host, target)),
  );
  const rule = destinationRules.find((one) => serviceNamed(one.spec.host, target) === target.name);
  const subsets = rule === undefined ? {} : { destinationRule: { name: rule.metadata.name } };
  const routers = found(`VirtualService ${metadata.name}`, { rules, target }, (which) => ({
    istio: { virtualService: { name: metadata.name }, ...subsets, ...which },
  }));
  return rule === undefined ? routers : routers.map((one) => ({ ...one, subsetsIn: rule.metadata.name }));
}

/** The Service that a host names, where it is one of the namespace. */
function serviceNamed(host: string, { namespace }: Target): string {
  const [name = host, of, svc] = host.split('.');
  const isHere = of === undefined || (of === namespace && (svc === undefined || svc === 'svc'));
  return isHere ? name : host;
}

const CLASS = 'kubernetes.io/ingress.class';
const CANARY = 'nginx.ingress.kubernetes.io/canary';

function ingress({ metadata, spec }: Ingress, target: Target): readonly FoundRouter[] {
  const { annotations = {} } = metadata;
  // The second Ingress of a release is not what users have written.
  if (annotations[CANARY] === 'true') return [];
  const paths = (spec.rules ?? []).flatMap(({ http }) => http?.paths ?? []);
  const services = paths.flatMap(({ backend }) => backend.service?.name ?? []);
  if (!services.includes(target.name)) return [];
  const what = `Ingress ${metadata.name}`;
  const of = spec.ingressClassName ?? annotations[CLASS];
  if (of !== 'nginx') {
    const unusable = `it is of the class ${of ?? 'that the cluster has by default'}, and only those of nginx can be steered`;
    return [{ what, use: { unusable } }];
  }
  return [
    { what, use: { traffic: { nginxIngress: { ingress: metadata.name, ...named(services, target) } } } },
  ];
}

/** What names the Service where a route sends to others as well. */
function named(services: readonly string[], { name }: Target): JsonObject {
  return services.some((one) => one !== name) ? { service: name } : {};
}

function found(
  what: string,
  { rules, target }: { readonly rules: Rules; readonly target: Target },
  trafficOf: (which: JsonObject) => JsonObject,
): readonly FoundRouter[] {
  const own = rules.filter((services) => services.includes(target.name));
  if (own.length === 0) return [];
  const mixed = own.flat().find((service) => service !== target.name);
  if (mixed !== undefined) {
    const unusable = `a rule of it sends to ${mixed} as well, and who else gets its requests cannot be told`;
    return [{ what, use: { unusable } }];
  }
  return [{ what, use: { traffic: trafficOf(named(rules.flat(), target)) } }];
}
