import type { Share } from '../../base/share.ts';
import { DEFAULTS } from '../../rollout/defaults.ts';
import type { RevisionId } from '../../rollout/model.ts';
import { AccessLogs, type AccessLog } from '../access-log/access-log.ts';
import { halvesOf, type HalfOf } from '../counting/halves.ts';
import { audienceOf, type Audience, type Matched } from './audience.ts';
import { inPointOrder, partAt } from './assign.ts';
import type { CopyCounter } from '../mirror/copy-counter.ts';
import { livePaths, type LivePath } from './live-path.ts';
import type { MetUsers } from '../counting/met-users.ts';
import { PartCounter } from '../counting/part-counter.ts';
import { hasPathPrefix } from './path-prefix.ts';
import { PathCounter } from '../counting/path-counter.ts';
import type {
  Endpoint,
  GatewayConfig,
  GatewayMirror,
  GatewayPart,
  GatewayRoute,
  ServedBy,
} from '../protocol.ts';
import { Retries } from './retry.ts';
import { keyOf } from '../counting/totals.ts';
import { Upstream } from './upstream.ts';
import { WaitingRoom } from './waiting-room.ts';

/** A part ready to serve. */
export interface LivePart extends Pick<GatewayPart, 'weight'> {
  readonly track: ServedBy;
  readonly revision: RevisionId | '';
  readonly counter: PartCounter;
  readonly upstreams: readonly Upstream[];
  /** Which requests it gets whatever the weights say. */
  readonly audience?: Audience;
  /** While an experiment goes on. */
  readonly met?: MetUsers;
  /** While the part is divided. */
  readonly halfOf?: HalfOf;
}

/** A mirror ready to get copies. */
export interface LiveMirror extends Pick<
  GatewayMirror,
  'track' | 'revision' | 'share' | 'methods' | 'compare'
> {
  readonly counter: PartCounter;
  readonly copies: CopyCounter;
  readonly upstreams: readonly Upstream[];
}

/** A route ready to serve: its parts in point order. */
export interface LiveRoute extends Omit<GatewayRoute, 'parts' | 'paths' | 'mirrors'> {
  readonly parts: readonly LivePart[];
  /** Those with an audience, the first asked first. */
  readonly matched: readonly LivePart[];
  /** The parts that may take a request another part cannot serve: stable first, none without weight. */
  readonly fallbacks: readonly LivePart[];
  readonly mirrors: readonly LiveMirror[];
  /** Where requests may be sent again. */
  readonly again?: Retries;
  /** Where requests are written down. */
  readonly log?: AccessLog;
  /** Who answers which paths; absent: the parts all. */
  readonly paths?: readonly LivePath[];
  /** Set for a route to an old system. */
  readonly isLegacy?: true;
}

interface CounterPlace {
  readonly rollout: string;
  readonly counters: Map<string, PartCounter>;
}

/** What a worker serves. Counters and upstreams live on from config to config while they are named. */
export class RouteTable {
  #byHost = new Map<string, LiveRoute[]>();
  #anyHost: LiveRoute[] = [];
  #counters = new Map<string, PartCounter>();
  #upstreams = new Map<string, Upstream>();
  #pathCounters = new Map<string, PathCounter>();
  /** Where requests wait while their Rollouts are in maintenance. */
  readonly waitingRoom = new WaitingRoom();
  readonly #logs = new AccessLogs();
  /** No longer named, but not yet idle or not yet reported. */
  readonly #leavingCounters = new Map<string, PartCounter>();
  readonly #leavingUpstreams = new Set<Upstream>();

  /** Serves `config` from now on. Requests under way end where they are. */
  replace(config: GatewayConfig): void {
    const counters = new Map<string, PartCounter>();
    const upstreams = new Map<string, Upstream>();
    this.#logs.keep(config.routes.flatMap(({ accessLog }) => accessLog ?? []));
    const routes = config.routes.map((route) => this.#compile(route, counters, upstreams));
    this.#leave(counters, upstreams);
    this.#forgetPaths(config);
    this.#counters = counters;
    this.#upstreams = upstreams;
    this.#anyHost = longestFirst(routes.filter((route) => route.host === undefined));
    this.#byHost = new Map();
    for (const route of longestFirst(routes.filter((candidate) => candidate.host !== undefined))) {
      const host = route.host ?? '';
      this.#byHost.set(host, [...(this.#byHost.get(host) ?? []), route]);
    }
    const closed = routes.flatMap(({ rollout, maintenance }) => (maintenance === undefined ? [] : rollout));
    this.waitingRoom.open((rollout) => !closed.includes(rollout));
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

  /** Who answers which paths, for as long as their Rollouts are served. */
  pathCounters(): Iterable<PathCounter> {
    return this.#pathCounters.values();
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

  /** Open WebSockets. */
  tunnels(): number {
    let sum = 0;
    for (const upstreams of [this.#upstreams.values(), this.#leavingUpstreams])
      for (const upstream of upstreams) sum += upstream.tunnels;
    return sum;
  }

  /** Closes the open WebSockets one by one. */
  closeTunnels(withinMs: number): void {
    for (const upstreams of [this.#upstreams.values(), this.#leavingUpstreams])
      for (const upstream of upstreams) upstream.closeTunnels(withinMs);
  }

  /** Returns when the lines of the access logs are written. */
  async closeLogs(): Promise<void> {
    await this.#logs.close();
  }

  #compile(
    route: GatewayRoute,
    counters: Map<string, PartCounter>,
    upstreams: Map<string, Upstream>,
  ): LiveRoute {
    const live = route.parts.map((part): LivePart => {
      const counter = this.#counter(route.rollout, part, counters);
      const ends = part.endpoints.map((endpoint) => this.#upstream(endpoint, upstreams));
      return livePart(route, part, { counter, upstreams: ends });
    });
    const mirrors = (route.mirrors ?? []).map(({ endpoints, ...mirror }): LiveMirror => {
      const counter = this.#counter(route.rollout, mirror, counters);
      const ends = endpoints.map((endpoint) => this.#upstream(endpoint, upstreams));
      return { ...mirror, counter, copies: counter.copying(), upstreams: ends };
    });
    const parts = inPointOrder(live);
    const matched = live.filter(({ audience }) => audience !== undefined);
    const fallbacks = [...parts].reverse().filter((part) => part.weight > 0);
    const again = route.retries === undefined ? {} : { again: new Retries(route.retries) };
    const log = this.#logOf(route);
    const { paths: _, ...settings } = route;
    const served: LiveRoute = { ...settings, ...again, ...log, parts, matched, fallbacks, mirrors };
    if (route.paths === undefined) return served;
    const paths = livePaths(route, log, {
      upstreamOf: (endpoint) => this.#upstream(endpoint, upstreams),
      counterOf: () => this.#counter(route.rollout, { track: 'legacy', revision: '' }, counters),
      pathCounterOf: (path) => this.#pathCounter(route.rollout, path),
      mirrorsOf: (share) => this.#mirrorsTo(fallbacks[0], share, { rollout: route.rollout, counters }),
    });
    return { ...served, paths };
  }

  #counter(
    rollout: string,
    part: Pick<LivePart, 'track' | 'revision'>,
    counters: Map<string, PartCounter>,
  ): PartCounter {
    const key = keyOf({ rollout, track: part.track, revision: part.revision });
    const known = counters.get(key) ?? this.#counters.get(key) ?? this.#leavingCounters.get(key);
    const counter = known ?? new PartCounter(rollout, part);
    this.#leavingCounters.delete(key);
    counters.set(key, counter);
    return counter;
  }

  /** A part that gets copies too, of requests that are answered elsewhere; they are counted apart from its own. */
  #mirrorsTo(part: LivePart | undefined, share: Share, { rollout, counters }: CounterPlace): LiveMirror[] {
    if (part === undefined || part.revision === '') return [];
    const { revision, upstreams } = part;
    const track = 'shadow';
    const counter = this.#counter(rollout, { track, revision }, counters);
    return [
      {
        track,
        revision,
        share,
        methods: DEFAULTS.mirror.methods,
        counter,
        copies: counter.copying(),
        upstreams,
      },
    ];
  }

  #logOf({ accessLog }: GatewayRoute): Pick<LiveRoute, 'log'> {
    const log = this.#logs.of(accessLog);
    return log === undefined ? {} : { log };
  }

  #pathCounter(rollout: string, path: string): PathCounter {
    const key = `${rollout}\0${path}`;
    const counter = this.#pathCounters.get(key) ?? new PathCounter(rollout, path);
    this.#pathCounters.set(key, counter);
    return counter;
  }

  #forgetPaths(config: GatewayConfig): void {
    const served = new Set(config.routes.map(({ rollout }) => rollout));
    for (const key of this.#pathCounters.keys())
      if (!served.has(key.slice(0, key.indexOf('\0')))) this.#pathCounters.delete(key);
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

/** A part of a route with what counts and serves it. */
function livePart(
  { rollout, experiment }: GatewayRoute,
  { track, revision, weight, match, halves }: GatewayPart,
  { counter, upstreams }: Pick<LivePart, 'counter' | 'upstreams'>,
): LivePart {
  const met = counter.meeting(experiment?.id);
  const pair = counter.divide(halves?.salt);
  return {
    track,
    revision,
    weight,
    counter,
    upstreams,
    ...(match === undefined ? {} : { audience: audienceOf(match, rollout) }),
    ...(met === undefined ? {} : { met }),
    ...(pair === undefined ? {} : { halfOf: halvesOf(pair, upstreams) }),
  };
}

/** The part whose audience a request belongs to. */
export function matchedPart({ matched }: LiveRoute, request: Matched): LivePart | undefined {
  return matched.find(({ audience }) => audience?.(request) === true);
}

/** The part that owns a point; undefined when nobody serves the route. */
export function partOf(route: LiveRoute, point: number): LivePart | undefined {
  return route.parts[partAt(route.parts, point)];
}

function firstMatch(routes: readonly LiveRoute[] | undefined, path: string): LiveRoute | undefined {
  return routes?.find((route) => hasPathPrefix(path, route.path));
}

function longestFirst(routes: readonly LiveRoute[]): LiveRoute[] {
  return [...routes].sort((a, b) => b.path.length - a.path.length);
}
