import { CODE_CLASSES, type CounterDelta, type GatewayConfig, type ServedCounters } from './protocol.ts';

type Who = Pick<CounterDelta, 'rollout' | 'track' | 'revision'>;

/** Revisions no longer served whose counters are kept, per Rollout: enough for a scrape or a report to catch up. */
const PAST_KEPT = 8;

interface Total {
  readonly who: Who;
  readonly latency: Map<number, number>;
  readonly codes: number[];
  requests: number;
  errors: number;
  latencySumMs: number;
  connectFailures: number;
}

/** The counters of all workers, those that have died too. */
export class Totals {
  readonly #totals = new Map<string, Total>();
  #config: GatewayConfig | undefined;

  /** Adds what a worker has counted. */
  add(delta: CounterDelta): void {
    const total = this.#totalOf(delta);
    total.requests += delta.requests;
    total.errors += delta.errors;
    total.latencySumMs += delta.latencySumMs;
    total.connectFailures += delta.connectFailures;
    delta.codes.forEach((count, i) => (total.codes[i] = (total.codes[i] ?? 0) + count));
    for (const [bucket, count] of delta.latency) {
      total.latency.set(bucket, (total.latency.get(bucket) ?? 0) + count);
    }
  }

  /** Makes room for what `config` serves and forgets Rollouts that are gone and revisions long past. */
  serve(config: GatewayConfig): void {
    this.#config = config;
    const rollouts = new Set(config.routes.map((route) => route.rollout));
    for (const who of served(config)) this.#touch(who);
    const past = new Map<string, number>();
    for (const [key, { who }] of [...this.#totals].reverse()) {
      const seen = (past.get(who.rollout) ?? 0) + 1;
      past.set(who.rollout, seen);
      if (!rollouts.has(who.rollout) || seen > PAST_KEPT + partsOf(config, who.rollout))
        this.#totals.delete(key);
    }
  }

  /** The totals, of one Rollout or of all. */
  read(activeOf: (who: Who) => number, rollout?: string): ServedCounters[] {
    const current = new Set(this.#config === undefined ? [] : served(this.#config).map(keyOf));
    return [...this.#totals]
      .filter(([, total]) => rollout === undefined || total.who.rollout === rollout)
      .map(([key, total]) => ({
        ...total.who,
        current: current.has(key),
        requests: total.requests,
        errors: total.errors,
        latency: [...total.latency].sort(([a], [b]) => a - b),
        codes: [...total.codes],
        latencySumMs: total.latencySumMs,
        connectFailures: total.connectFailures,
        active: activeOf(total.who),
      }));
  }

  #totalOf(who: Who): Total {
    const key = keyOf(who);
    const known = this.#totals.get(key);
    if (known !== undefined) return known;
    const { rollout, track, revision } = who;
    const total: Total = {
      who: { rollout, track, revision },
      latency: new Map(),
      codes: CODE_CLASSES.map(() => 0),
      requests: 0,
      errors: 0,
      latencySumMs: 0,
      connectFailures: 0,
    };
    this.#totals.set(key, total);
    return total;
  }

  /** Moves it to the young end. */
  #touch(who: Who): void {
    const total = this.#totalOf(who);
    this.#totals.delete(keyOf(who));
    this.#totals.set(keyOf(who), total);
  }
}

/** One text per part whose requests are counted together. */
export function keyOf(who: Who): string {
  return `${who.rollout}\0${who.track}\0${who.revision}`;
}

function served(config: GatewayConfig): Who[] {
  return config.routes.flatMap((route) =>
    route.parts.map(({ track, revision }) => ({ rollout: route.rollout, track, revision })),
  );
}

function partsOf(config: GatewayConfig, rollout: string): number {
  return config.routes.find((route) => route.rollout === rollout)?.parts.length ?? 0;
}
