import { inPointOrder, partAt } from './assign.ts';
import { PartCounter } from './part-counter.ts';
import type { Endpoint, GatewayConfig, GatewayPart, GatewayRoute } from './protocol.ts';
import { keyOf } from './totals.ts';
import { Upstream } from './upstream.ts';

/** A part ready to serve. */
export interface LivePart extends Pick<GatewayPart, 'track' | 'weight'> {
  readonly counter: PartCounter;
  readonly upstreams: readonly Upstream[];
}

/** A route ready to serve: its parts in point order. */
export interface LiveRoute extends Omit<GatewayRoute, 'parts'> {
  readonly parts: readonly LivePart[];
  /** The parts that may take a request another part cannot serve: stable first, none without weight. */
  readonly fallbacks: readonly LivePart[];
}

/** What a worker serves. Counters and upstreams live on from config to config while they are named. */
export class RouteTable {
  #byHost = new Map<string, LiveRoute[]>();
  #anyHost: LiveRoute[] = [];
  #counters = new Map<string, PartCounter>();
  #upstreams = new Map<string, Upstream>();
  /** No longer named, but not yet idle or not yet reported. */
  readonly #leavingCounters = new Map<string, PartCounter>();
  readonly #leavingUpstreams = new Set<Upstream>();

  /** Serves `config` from now on. Requests under way end where they are. */
  replace(config: GatewayConfig): void {
    const counters = new Map<string, PartCounter>();
    const upstreams = new Map<string, Upstream>();
    const routes = config.routes.map((route) => this.#compile(route, counters, upstreams));
    this.#leave(counters, upstreams);
    this.#counters = counters;
    this.#upstreams = upstreams;
    this.#anyHost = longestFirst(routes.filter((route) => route.host === undefined));
    this.#byHost = new Map();
    for (const route of longestFirst(routes.filter((candidate) => candidate.host !== undefined))) {
      const host = route.host ?? '';
      this.#byHost.set(host, [...(this.#byHost.get(host) ?? []), route]);
    }
  }

  /** The route of a request: its host's longest matching path, else that of routes for any host. */
  match(host: string, path: string): LiveRoute | undefined {
    return firstMatch(this.#byHost.get(host), path) ?? firstMatch(this.#anyHost, path);
  }

  /** Every counter that may have news. Those of parts no longer served are forgotten once idle. */
  *counters(): Generator<PartCounter> {
    yield* this.#counters.values();
    for (const [key, counter] of this.#leavingCounters) {
      if (counter.active === 0) this.#leavingCounters.delete(key);
      yield counter;
    }
  }

  /** Requests under way by endpoint id, removed endpoints included. */
  inflight(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { endpoint, inflight } of [...this.#upstreams.values(), ...this.#leavingUpstreams]) {
      if (inflight > 0) counts[endpoint.id] = (counts[endpoint.id] ?? 0) + inflight;
    }
    for (const upstream of this.#leavingUpstreams) {
      if (upstream.inflight === 0) this.#leavingUpstreams.delete(upstream);
    }
    return counts;
  }

  #compile(
    route: GatewayRoute,
    counters: Map<string, PartCounter>,
    upstreams: Map<string, Upstream>,
  ): LiveRoute {
    const parts = inPointOrder(route.parts).map((part): LivePart => {
      const key = keyOf({ rollout: route.rollout, track: part.track, revision: part.revision });
      const known = this.#counters.get(key) ?? this.#leavingCounters.get(key);
      const counter = known ?? new PartCounter(route.rollout, part);
      this.#leavingCounters.delete(key);
      counters.set(key, counter);
      return {
        track: part.track,
        weight: part.weight,
        counter,
        upstreams: part.endpoints.map((endpoint) => this.#upstream(endpoint, upstreams)),
      };
    });
    const fallbacks = [...parts].reverse().filter((part) => part.weight > 0);
    return { ...route, parts, fallbacks };
  }

  #upstream(endpoint: Endpoint, upstreams: Map<string, Upstream>): Upstream {
    const key = `${endpoint.id}\0${endpoint.host}\0${endpoint.port}`;
    const upstream = upstreams.get(key) ?? this.#upstreams.get(key) ?? new Upstream(endpoint);
    upstreams.set(key, upstream);
    return upstream;
  }

  #leave(counters: Map<string, PartCounter>, upstreams: Map<string, Upstream>): void {
    for (const [key, counter] of this.#counters) {
      if (!counters.has(key)) this.#leavingCounters.set(key, counter);
    }
    for (const [key, upstream] of this.#upstreams) {
      if (upstreams.has(key)) continue;
      upstream.remove();
      this.#leavingUpstreams.add(upstream);
    }
  }
}

/** The part that owns a point; undefined when nobody serves the route. */
export function partOf(route: LiveRoute, point: number): LivePart | undefined {
  return route.parts[partAt(route.parts, point)];
}

/** True when `prefix` covers `path` in whole segments: `/shop` covers `/shop/cart` and `/shop?x`, not `/shopping`. */
export function hasPathPrefix(path: string, prefix: string): boolean {
  if (prefix === '/') return true;
  if (!path.startsWith(prefix)) return false;
  const next = path[prefix.length];
  return next === undefined || next === '/' || next === '?';
}

function firstMatch(routes: readonly LiveRoute[] | undefined, path: string): LiveRoute | undefined {
  return routes?.find((route) => hasPathPrefix(path, route.path));
}

function longestFirst(routes: readonly LiveRoute[]): LiveRoute[] {
  return [...routes].sort((a, b) => b.path.length - a.path.length);
}
