import type { MatchLimits, RouterCapabilities } from '../../controller/ports.ts';
import type { Resource } from '../../kube/resource.ts';
import type { MatchKind } from '../../rollout/match.ts';
import type { GatewayApiTraffic } from '../../rollout/cluster-traffic.ts';
import { dividedService, type Meant } from '../cluster/divided.ts';
import { needed } from '../cluster/missing.ts';
import { recordedRoute } from '../cluster/record.ts';
import type { Steering } from '../cluster/steering.ts';
import { unacceptedBecause } from './acceptance.ts';
import { grpcMatchOf } from './grpc-matches.ts';
import { httpMatchOf } from './http-matches.ts';
import { GRPC_ROUTES, HTTP_ROUTES, type ApiRoute, type GrpcMatch, type HttpMatch } from './routes.ts';
import { foreignRules, released, sendingOf, steered, type RouteKind } from './steer.ts';

const HEADERS = ['header exact', 'header prefix', 'header regex', 'header present'] as const;
const COOKIES = ['cookie exact', 'cookie prefix', 'cookie regex', 'cookie present'] as const;
const QUERIES = ['query exact', 'query prefix', 'query regex', 'query present'] as const;
const PATHS = ['path exact', 'path prefix', 'path regex'] as const;

const HTTP_KINDS: readonly MatchKind[] = [...HEADERS, ...COOKIES, ...QUERIES, ...PATHS, 'method'];
const GRPC_KINDS: readonly MatchKind[] = [...HEADERS, 'path exact', 'path prefix'];

function capabilities(
  name: string,
  kinds: MatchLimits['kinds'],
  methods?: readonly string[],
): RouterCapabilities {
  return {
    name,
    granularity: 1,
    sticky: true,
    mirror: { compares: false, ...(methods === undefined ? {} : { methods }) },
    matches: { kinds },
    experiments: false,
    confirms: 'accepted',
  };
}

/** What an HTTPRoute can do. */
export const HTTP_ROUTE_CAPABILITIES = capabilities('an HTTPRoute', HTTP_KINDS);

/** What a GRPCRoute can do: its calls are all posted. */
export const GRPC_ROUTE_CAPABILITIES = capabilities('a GRPCRoute', GRPC_KINDS, ['POST']);

/** What a route of the Gateway API steers. */
export function gatewayApiSteering(traffic: GatewayApiTraffic): Steering<unknown> {
  return traffic.route === 'HTTPRoute'
    ? steeringOf<HttpMatch>(traffic, {
        of: HTTP_ROUTES,
        can: HTTP_ROUTE_CAPABILITIES,
        matchOf: httpMatchOf,
        every: { path: { type: 'PathPrefix', value: '/' } },
        knowsMethods: true,
      })
    : steeringOf<GrpcMatch>(traffic, {
        of: GRPC_ROUTES,
        can: GRPC_ROUTE_CAPABILITIES,
        matchOf: grpcMatchOf,
        every: {},
        knowsMethods: false,
      });
}

type Kind<M> = Pick<RouteKind<M>, 'matchOf' | 'every' | 'knowsMethods'> & {
  readonly of: Resource<ApiRoute<M>>;
  readonly can: RouterCapabilities;
};

function steeringOf<M>(traffic: GatewayApiTraffic, { of, can, ...how }: Kind<M>): Steering<ApiRoute<M>> {
  const { name, rules, service, sticky } = traffic;
  const meant: Meant = {
    what: `${traffic.route} ${name}`,
    at: 'traffic.gatewayAPI',
    ...(rules === undefined ? {} : { rules }),
    ...(service === undefined ? {} : { service }),
  };
  const kind: RouteKind<M> = { ...how, meant, ...(sticky === undefined ? {} : { cookie: sticky.cookie }) };
  return {
    can,
    objects: [{ of, name }],
    servicePerSide: true,
    look: (read) => needed(read, { of, name, at: meant.at }),
    serviceIn: (route) => dividedService(foreignRules(route).map(sendingOf), meant),
    recordIn: recordedRoute,
    steer: (current, wanted) => [{ of, current, wanted: steered(current, wanted, kind) }],
    release: (current, divided) => [{ of, current, wanted: released(current, divided, kind) }],
    unconfirmed: unacceptedBecause,
  };
}
