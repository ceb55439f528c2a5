import { FULL_SHARE, type Share } from '../../base/share.ts';
import type { PathRoute } from '../../rollout/traffic.ts';
import { urlOf } from '../../rollout/origin.ts';
import type { PartCounter } from '../counting/part-counter.ts';
import type { PathCounter } from '../counting/path-counter.ts';
import type { Endpoint, GatewayRoute } from '../protocol.ts';
import { Retries } from './retry.ts';
import type { LiveMirror, LivePart, LiveRoute } from './route-table.ts';
import type { Upstream } from './upstream.ts';

/** A path of a façade, ready to serve. */
export interface LivePath extends PathRoute {
  readonly counter: PathCounter;
  /** The old system as a route of its own, so that nothing of it ever goes to a process of the Rollout, nor back. */
  readonly legacy?: LegacyRoute;
}

/** A route to one old system. */
export interface LegacyRoute extends LiveRoute {
  readonly part: LivePart;
  /** What it is told as its host, where that is not what was asked for. */
  readonly host?: string;
}

/** What outlives a config: counters and connections. */
export interface PathParts {
  readonly upstreamOf: (endpoint: Endpoint) => Upstream;
  readonly counterOf: () => PartCounter;
  readonly pathCounterOf: (path: string) => PathCounter;
  /** The Rollout's own processes, for so many copies of what an old system answers. */
  readonly mirrorsOf: (share: Share) => readonly LiveMirror[];
}

/** The paths of a route, in their order. */
export function livePaths(
  { paths, mirrors: _, maxRequests: _ours, legacyHost, ...route }: GatewayRoute,
  log: Pick<LiveRoute, 'log'>,
  parts: PathParts,
): readonly LivePath[] {
  return (paths ?? []).map(({ path, to }) => {
    const counter = parts.pathCounterOf(path);
    if (to.kind === 'new') return { path, to, counter };
    const { legacy: origin } = to;
    const id = urlOf(origin);
    const part: LivePart = {
      track: 'legacy',
      revision: '',
      weight: FULL_SHARE,
      counter: parts.counterOf(),
      upstreams: [parts.upstreamOf({ id, ...origin })],
    };
    const legacy: LegacyRoute = {
      ...route,
      ...log,
      ...(route.retries === undefined ? {} : { again: new Retries(route.retries) }),
      ...(legacyHost === undefined ? {} : { host: new URL(id).host }),
      isLegacy: true,
      mirrors: to.kind === 'shadow' ? parts.mirrorsOf(to.share) : [],
      parts: [part],
      matched: [],
      fallbacks: [part],
      part,
    };
    return { path, to, counter, legacy };
  });
}
