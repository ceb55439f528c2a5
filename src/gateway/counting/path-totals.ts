import type { GatewayConfig, PathCounters, SideCounters } from '../protocol.ts';

/** Who has answered which paths, in all workers, those that have died too. */
export class PathTotals {
  #totals = new Map<string, PathCounters>();

  /** Adds what a worker has counted. */
  add(delta: PathCounters): void {
    const key = keyOf(delta);
    const before = this.#totals.get(key);
    // What comes late of a path that is no longer served is of no use to anybody.
    if (before !== undefined) this.#totals.set(key, sumOf(before, delta));
  }

  /** Makes room for the paths of `config` and forgets all others. */
  serve({ routes }: GatewayConfig): void {
    const served = routes.flatMap(({ rollout, paths = [] }) => paths.map(({ path }) => ({ rollout, path })));
    this.#totals = new Map(
      served.map((who) => [keyOf(who), this.#totals.get(keyOf(who)) ?? { ...who, ...NOTHING }]),
    );
  }

  /** The totals, of one Rollout or of all; the paths of a Rollout in the order of its routes. */
  read(rollout?: string): PathCounters[] {
    return [...this.#totals.values()].filter((one) => rollout === undefined || one.rollout === rollout);
  }
}

const NONE: SideCounters = { requests: 0, errors: 0 };
const NOTHING = { new: NONE, legacy: NONE, fallbacks: 0 };

function keyOf({ rollout, path }: Pick<PathCounters, 'rollout' | 'path'>): string {
  return `${rollout}\0${path}`;
}

function sumOf(a: PathCounters, b: PathCounters): PathCounters {
  const sides = (one: SideCounters, other: SideCounters): SideCounters => ({
    requests: one.requests + other.requests,
    errors: one.errors + other.errors,
  });
  return {
    ...a,
    new: sides(a.new, b.new),
    legacy: sides(a.legacy, b.legacy),
    fallbacks: a.fallbacks + b.fallbacks,
  };
}
