import type { PathView, SideView, TakeoverView } from '../api/resources.ts';
import type { GatewayCounters, PathCounters, SideCounters } from '../gateway/protocol.ts';
import type { Rollout } from '../rollout/model.ts';
import { gatewayOf, type PathRoute } from '../rollout/traffic.ts';
import { urlOf } from '../rollout/origin.ts';

/** How far back is looked, and how far apart the counts are that are kept for it. */
const WINDOW_MS = 600_000;
const APART_MS = 10_000;

type Counted = Pick<GatewayCounters, 'epoch' | 'at' | 'paths'>;

/** How far old systems are taken over: who has answered which paths of a Rollout in the last ten minutes. */
export class Takeovers {
  readonly #kept = new Map<string, readonly Counted[]>();
  readonly #newest = new Map<string, Counted>();

  /** Adds counts; those of an earlier epoch or before the window are forgotten. */
  add(rollout: string, { epoch, at, paths = [] }: Counted): void {
    if (paths.length === 0) {
      this.forget(rollout);
      return;
    }
    const kept = (this.#kept.get(rollout) ?? []).filter(
      (one) => one.epoch === epoch && one.at >= at - WINDOW_MS,
    );
    const isDue = at - (kept.at(-1)?.at ?? -Infinity) >= APART_MS;
    this.#kept.set(rollout, isDue ? [...kept, { epoch, at, paths }] : kept);
    this.#newest.set(rollout, { epoch, at, paths });
  }

  /** A Rollout is gone, or takes nothing over. */
  forget(rollout: string): void {
    this.#kept.delete(rollout);
    this.#newest.delete(rollout);
  }

  /** Undefined for a Rollout that takes nothing over. */
  view({ name, traffic }: Rollout): TakeoverView | undefined {
    const routes = gatewayOf(traffic)?.routes;
    if (routes === undefined) return undefined;
    const [first] = this.#kept.get(name) ?? [];
    const last = this.#newest.get(name);
    const paths = routes.map((route) => pathView(route, first, last));
    const sum = (sideOf: (path: PathView) => SideView): number =>
      paths.reduce((total, path) => total + sideOf(path).requests, 0);
    const overMs = first === undefined || last === undefined ? 0 : last.at - first.at;
    const byNew = sum((path) => path.new);
    return {
      overMs,
      ...newShareOf(
        byNew,
        sum((path) => path.legacy),
      ),
      paths,
    };
  }
}

function pathView({ path, to }: PathRoute, first: Counted | undefined, last: Counted | undefined): PathView {
  const before = countersOf(first, path);
  const now = countersOf(last, path);
  const sides = { new: between(before?.new, now?.new), legacy: between(before?.legacy, now?.legacy) };
  return {
    path,
    to: to.kind,
    ...(to.kind === 'new' ? {} : { legacyUrl: urlOf(to.legacy) }),
    ...sides,
    fallbacks: (now?.fallbacks ?? 0) - (before?.fallbacks ?? 0),
    ...newShareOf(sides.new.requests, sides.legacy.requests),
  };
}

/** A path that came later has counted from 0. */
function countersOf(counted: Counted | undefined, path: string): PathCounters | undefined {
  return counted?.paths?.find((one) => one.path === path);
}

function between(before: SideCounters | undefined, now: SideCounters | undefined): SideView {
  return {
    requests: (now?.requests ?? 0) - (before?.requests ?? 0),
    errors: (now?.errors ?? 0) - (before?.errors ?? 0),
  };
}

function newShareOf(byNew: number, byLegacy: number): { readonly newShare?: number } {
  return byNew + byLegacy === 0 ? {} : { newShare: byNew / (byNew + byLegacy) };
}
