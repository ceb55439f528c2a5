import { canonicalJson } from '../base/canonical.ts';
import { Failure } from '../base/failure.ts';
import type { Json } from '../base/json.ts';
import { oneAtATime } from '../base/one-at-a-time.ts';
import type { Route, RoutePart } from '../engine/observation.ts';
import type { GatewayClient } from '../gateway/client.ts';
import {
  routeKey,
  type CertificateFiles,
  type Endpoint,
  type GatewayConfig,
  type GatewayRoute,
  type HostChallenge,
  type ListenAddress,
} from '../gateway/protocol.ts';
import type { GatewayTraffic } from '../rollout/traffic.ts';
import { sharedState } from './shared-state.ts';

/** Who serves a part of a route. */
export type TrackOfRevision = Pick<RoutePart, 'track' | 'revision'>;

type EndpointsOf = GatewayRoutesOptions['endpointsOf'];

/** What all Rollouts of one gateway share. */
export interface GatewayRoutesOptions {
  readonly client: GatewayClient;
  /** Where the gateway listens; with TLS only once a route wants that. */
  readonly listen: readonly ListenAddress[];
  /** The processes that serve a track of a revision and may get requests now. */
  readonly endpointsOf: (rollout: string, part: TrackOfRevision) => readonly Endpoint[];
  /** The files of a certificate that an authority has made; undefined before the first: then there is no TLS. */
  readonly certificateOf?: (traffic: GatewayTraffic) => CertificateFiles | undefined;
}

/** One Rollout's route as its owner wants it. */
export interface WantedRoute {
  readonly rollout: string;
  readonly traffic: GatewayTraffic;
  readonly route: Route;
}

/**
 * The one config of a gateway, written piece by piece by many Rollouts. Writes happen one after the other. It goes
 * on from what the gateway serves, so a new control process changes nothing by starting.
 */
export interface GatewayRoutes {
  /** Makes the gateway listen, whatever routes it has. Throws Failure `portTaken`. */
  open(signal?: AbortSignal): Promise<void>;
  /** Makes the gateway serve a Rollout's route. Throws Failure `conflict` when another Rollout has the host and path. */
  setRoute(wanted: WantedRoute, signal?: AbortSignal): Promise<void>;
  removeRoute(rollout: string, signal?: AbortSignal): Promise<void>;
  /**
   * Makes the gateway know the Rollout's processes of now; those that are gone get no request once this returns.
   * Not before the processes of an earlier control process have been found again: none would be left.
   */
  refreshEndpoints(rollout: string, signal?: AbortSignal): Promise<void>;
  /** Makes the gateway answer these, and no others, in the place of workloads. */
  setChallenges(challenges: readonly HostChallenge[], signal?: AbortSignal): Promise<void>;
  /** The route as the gateway serves it. */
  served(rollout: string, signal?: AbortSignal): Promise<GatewayRoute | undefined>;
  /** What `setRoute` would make of it now. */
  build(wanted: WantedRoute): GatewayRoute;
}

type Content = Pick<GatewayConfig, 'routes' | 'challenges'>;

type Change = (content: Content) => Partial<Content>;

/** The routes of a gateway. One per gateway and control process. */
export function gatewayRoutes(options: GatewayRoutesOptions): GatewayRoutes {
  const { client, endpointsOf } = options;
  const state = sharedState(client);
  const writer = configWriter(client, options.listen, state.forget);
  const build = (wanted: WantedRoute): GatewayRoute => buildRoute(wanted, options);
  return {
    build,
    open: (signal) => writer.write(() => ({}), signal),
    setRoute: (wanted, signal) =>
      writer.write(({ routes }) => ({ routes: withRoute(routes, build(wanted)) }), signal),
    removeRoute: (rollout, signal) =>
      writer.write(({ routes }) => ({ routes: routes.filter((route) => route.rollout !== rollout) }), signal),
    refreshEndpoints: (rollout, signal) =>
      writer.write(
        ({ routes }) => ({
          routes: routes.map((route) =>
            route.rollout === rollout ? withEndpoints(route, endpointsOf) : route,
          ),
        }),
        signal,
      ),
    setChallenges: (challenges, signal) => writer.write(() => ({ challenges }), signal),
    served: async (rollout, signal) => {
      const { config } = await state.read(signal);
      return config.routes.find((route) => route.rollout === rollout);
    },
  };
}

/** Applies changes in turn to the newest config there is. */
function configWriter(
  client: GatewayClient,
  listen: readonly ListenAddress[],
  onWritten: () => void,
): { write(change: Change, signal: AbortSignal | undefined): Promise<void> } {
  let known: GatewayConfig | undefined;
  const inTurn = oneAtATime();
  const attempt = async (change: Change, signal: AbortSignal | undefined): Promise<void> => {
    const next = nextConfig(known, change, listen) ?? nextConfig(await load(signal), change, listen);
    if (next === undefined) return;
    // Until the gateway has answered nobody knows what it serves.
    known = undefined;
    try {
      await client.apply(next, signal);
    } finally {
      onWritten();
    }
    known = next;
  };
  const load = async (signal: AbortSignal | undefined): Promise<GatewayConfig> => {
    known = (await client.state(signal)).config;
    return known;
  };
  const write = async (change: Change, signal: AbortSignal | undefined): Promise<void> => {
    try {
      await attempt(change, signal);
    } catch (error) {
      // Somebody else wrote a newer one, or the change was refused: only the newest config can tell.
      if (!(error instanceof Failure) || error.code !== 'conflict') throw error;
      await load(signal);
      await attempt(change, signal);
    }
  };
  return {
    write: (change, signal) =>
      inTurn(() => {
        signal?.throwIfAborted();
        return write(change, signal);
      }),
  };
}

/** The config after a change; undefined when it changes nothing, or nothing is known. */
function nextConfig(
  known: GatewayConfig | undefined,
  change: Change,
  listen: readonly ListenAddress[],
): GatewayConfig | undefined {
  if (known === undefined) return undefined;
  const { routes, challenges = [] } = { ...known, ...change(known) };
  const isSecure = routes.some(({ tls }) => tls !== undefined);
  const wanted = listen.filter(({ tls }) => tls === undefined || isSecure);
  const next: GatewayConfig = {
    version: known.version + 1,
    listen: wanted,
    routes,
    ...(challenges.length === 0 ? {} : { challenges }),
  };
  return isSame({ ...next, version: known.version }, known) ? undefined : next;
}

function buildRoute(wanted: WantedRoute, options: GatewayRoutesOptions): GatewayRoute {
  const { rollout, traffic, route } = wanted;
  const { endpointsOf } = options;
  const { kind: _kind, routes, tls: _tls, acme: _acme, withoutTls: _withoutTls, ...settings } = traffic;
  return {
    rollout,
    ...settings,
    ...tlsOf(traffic, options),
    ...(routes === undefined ? {} : { paths: routes }),
    ...divisionOf(rollout, route, endpointsOf),
  };
}

/** Who gets which requests. */
function divisionOf(
  rollout: string,
  { experiment, mirrors, maintenance, parts }: Route,
  endpointsOf: EndpointsOf,
): Pick<GatewayRoute, 'experiment' | 'mirrors' | 'maintenance' | 'parts'> {
  return {
    ...(experiment === undefined ? {} : { experiment }),
    ...(mirrors === undefined
      ? {}
      : { mirrors: mirrors.map((mirror) => withAddresses(rollout, mirror, endpointsOf)) }),
    ...(maintenance === undefined ? {} : { maintenance }),
    parts: parts.map((part) => withAddresses(rollout, part, endpointsOf)),
  };
}

function tlsOf(
  traffic: GatewayTraffic,
  { certificateOf }: GatewayRoutesOptions,
): Pick<GatewayRoute, 'tls' | 'withoutTls'> {
  const tls = traffic.tls ?? (traffic.acme === undefined ? undefined : certificateOf?.(traffic));
  if (tls === undefined) return {};
  return { tls, ...(traffic.withoutTls === undefined ? {} : { withoutTls: traffic.withoutTls }) };
}

function withEndpoints(route: GatewayRoute, endpointsOf: EndpointsOf): GatewayRoute {
  const { rollout, parts, mirrors } = route;
  return {
    ...route,
    ...(mirrors === undefined
      ? {}
      : { mirrors: mirrors.map((mirror) => withAddresses(rollout, mirror, endpointsOf)) }),
    parts: parts.map((part) => withAddresses(rollout, part, endpointsOf)),
  };
}

function withAddresses<Part extends TrackOfRevision>(
  rollout: string,
  part: Part,
  endpointsOf: EndpointsOf,
): Part & { readonly endpoints: readonly Endpoint[] } {
  return { ...part, endpoints: addressesOf(endpointsOf(rollout, part)) };
}

/** Nothing but what the gateway needs, in one order. */
function addressesOf(endpoints: readonly Endpoint[]): Endpoint[] {
  return endpoints.map(({ id, host, port }) => ({ id, host, port })).sort((a, b) => (a.id < b.id ? -1 : 1));
}

function withRoute(routes: readonly GatewayRoute[], route: GatewayRoute): readonly GatewayRoute[] {
  const owner = routes.find(
    (other) => other.rollout !== route.rollout && routeKey(other) === routeKey(route),
  );
  if (owner !== undefined) {
    throw new Failure(
      'conflict',
      `${routeKey(route)} belongs to the Rollout ${owner.rollout}, ${route.rollout} cannot have it too`,
      {
        hint: 'Give one of them another traffic.gateway.host or path.',
      },
    );
  }
  const isNew = !routes.some((other) => other.rollout === route.rollout);
  return isNew
    ? [...routes, route]
    : routes.map((other) => (other.rollout === route.rollout ? route : other));
}

/** True when two values say the same. */
export function isSame(a: GatewayConfig | GatewayRoute, b: GatewayConfig | GatewayRoute): boolean {
  return canonicalJson(a as unknown as Json) === canonicalJson(b as unknown as Json);
}
