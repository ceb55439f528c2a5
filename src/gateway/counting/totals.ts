import { CopySum } from '../mirror/copy-sum.ts';
import { CounterSum } from './counter-sum.ts';
import { ExperimentUsers } from './experiment-users.ts';
import {
  CODE_CLASSES,
  type CounterDelta,
  type GatewayConfig,
  type LegacyCounters,
  type ServedCounters,
} from '../protocol.ts';

type Who = Pick<CounterDelta, 'rollout' | 'track' | 'revision'>;

/** Revisions no longer served whose counters are kept, per Rollout: enough for a scrape or a report to catch up. */
const PAST_KEPT = 8;

interface Total {
  readonly who: Who;
  readonly all: CounterSum;
  readonly codes: number[];
  latencySumMs: number;
  connectFailures: number;
  retries: number;
  ejections: number;
  tooBusy: number;
  matched: CounterSum | undefined;
  halves: { readonly salt: string; readonly a: CounterSum; readonly b: CounterSum } | undefined;
  copies: CopySum | undefined;
}

/** The counters of all workers, those that have died too. */
export class Totals {
  readonly #totals = new Map<string, Total>();
  /** By Rollout. */
  readonly #experiments = new Map<string, ExperimentUsers>();
  #config: GatewayConfig | undefined;

  /** Adds what a worker has counted. */
  add(delta: CounterDelta): void {
    const total = this.#totalOf(delta);
    total.all.add(delta);
    total.latencySumMs += delta.latencySumMs;
    total.connectFailures += delta.connectFailures;
    total.retries += delta.retries ?? 0;
    total.ejections += delta.ejections ?? 0;
    total.tooBusy += delta.tooBusy ?? 0;
    if (delta.copies !== undefined) (total.copies ??= new CopySum()).add(delta.copies);
    delta.codes.forEach((count, i) => (total.codes[i] = (total.codes[i] ?? 0) + count));
    this.#addApart(total, delta);
    // A worker that has not yet heard of the newest division still counts for the one before.
    if (delta.halves === undefined || delta.halves.salt !== total.halves?.salt) return;
    total.halves.a.add(delta.halves.a);
    total.halves.b.add(delta.halves.b);
  }

  /** What is counted apart from the rest. */
  #addApart(total: Total, { rollout, matched, met, ...who }: CounterDelta): void {
    if (met !== undefined) this.#experiments.get(rollout)?.add(keyOf({ rollout, ...who }), met);
    if (matched !== undefined) (total.matched ??= new CounterSum()).add(matched);
  }

  /** Makes room for what `config` serves and forgets Rollouts that are gone and revisions long past. */
  serve(config: GatewayConfig): void {
    const before = new Set(
      (this.#config === undefined ? [] : served(this.#config)).map(({ who }) => keyOf(who)),
    );
    this.#config = config;
    const rollouts = new Set(config.routes.map((route) => route.rollout));
    for (const { who, salt } of served(config)) {
      const total = this.#touch(who);
      divide(total, salt);
      if (!before.has(keyOf(who))) total.copies?.forgetDifferences();
    }
    this.#experiment(config);
    const past = new Map<string, number>();
    for (const [key, { who }] of [...this.#totals].reverse()) {
      const seen = (past.get(who.rollout) ?? 0) + 1;
      past.set(who.rollout, seen);
      if (!rollouts.has(who.rollout) || seen > PAST_KEPT + partsOf(config, who.rollout))
        this.#totals.delete(key);
    }
  }

  /** The totals of tracks, of one Rollout or of all. */
  read(activeOf: (who: Who) => number, rollout?: string): ServedCounters[] {
    const parts = this.#config === undefined ? [] : served(this.#config);
    const current = new Set(parts.map(({ who }) => keyOf(who)));
    return this.#of(rollout).flatMap((total) => {
      const { track, revision } = total.who;
      if (track === 'legacy' || revision === '') return [];
      const who = { track, revision, current: current.has(keyOf(total.who)) };
      return [
        {
          ...who,
          ...countersOf(total),
          active: activeOf(total.who),
          ...readOthers(total),
          ...this.#met(total.who, who.current),
        },
      ];
    });
  }

  /** The totals of old systems. */
  legacy(activeOf: (who: Who) => number, rollout?: string): LegacyCounters[] {
    return this.#of(rollout)
      .filter(({ who }) => who.track === 'legacy')
      .map((total) => ({ ...countersOf(total), active: activeOf(total.who) }));
  }

  #of(rollout: string | undefined): readonly Total[] {
    return [...this.#totals.values()].filter(({ who }) => rollout === undefined || who.rollout === rollout);
  }

  /** The same totals, as one worker would have told them: so that another can go on with them. */
  tell(activeOf: (who: Who) => number): CounterDelta[] {
    return this.read(activeOf).map(({ met, ...counted }) => {
      const experiment = met === undefined ? undefined : this.#experiments.get(counted.rollout);
      return { ...counted, ...(experiment === undefined ? {} : { met: experiment.tell(keyOf(counted)) }) };
    });
  }

  #met(who: Who, isCurrent: boolean): Pick<ServedCounters, 'met'> {
    const experiment = isCurrent ? this.#experiments.get(who.rollout) : undefined;
    return experiment === undefined ? {} : { met: experiment.read(keyOf(who)) };
  }

  /** Goes on with the experiments that are known, begins those that are not, and forgets the others. */
  #experiment({ routes }: GatewayConfig): void {
    const before = new Map(this.#experiments);
    this.#experiments.clear();
    for (const { rollout, experiment } of routes) {
      if (experiment === undefined) continue;
      const known = before.get(rollout);
      const goesOn = known?.id === experiment.id ? known : undefined;
      this.#experiments.set(rollout, goesOn ?? new ExperimentUsers(experiment.id));
    }
  }

  #totalOf(who: Who): Total {
    const key = keyOf(who);
    const known = this.#totals.get(key);
    if (known !== undefined) return known;
    const { rollout, track, revision } = who;
    const total: Total = {
      who: { rollout, track, revision },
      all: new CounterSum(),
      codes: CODE_CLASSES.map(() => 0),
      latencySumMs: 0,
      connectFailures: 0,
      retries: 0,
      ejections: 0,
      tooBusy: 0,
      matched: undefined,
      halves: undefined,
      copies: undefined,
    };
    this.#totals.set(key, total);
    return total;
  }

  /** Moves it to the young end. */
  #touch(who: Who): Total {
    const total = this.#totalOf(who);
    this.#totals.delete(keyOf(who));
    this.#totals.set(keyOf(who), total);
    return total;
  }
}

/** One text per part whose requests are counted together. */
export function keyOf(who: Who): string {
  return `${who.rollout}\0${who.track}\0${who.revision}`;
}

function countersOf(total: Total): Omit<LegacyCounters, 'active'> {
  return {
    rollout: total.who.rollout,
    assigned: 0,
    ...total.all.read(),
    codes: [...total.codes],
    latencySumMs: total.latencySumMs,
    connectFailures: total.connectFailures,
    retries: total.retries,
    ejections: total.ejections,
    tooBusy: total.tooBusy,
  };
}

function divide(total: Total, salt: string | undefined): void {
  if (salt === total.halves?.salt) return;
  total.halves = salt === undefined ? undefined : { salt, a: new CounterSum(), b: new CounterSum() };
}

function readOthers({
  halves,
  copies,
  matched,
}: Total): Pick<ServedCounters, 'halves' | 'copies' | 'matched'> {
  return {
    ...(halves === undefined
      ? {}
      : { halves: { salt: halves.salt, a: halves.a.read(), b: halves.b.read() } }),
    ...(copies === undefined ? {} : { copies: copies.read() }),
    ...(matched === undefined ? {} : { matched: matched.read() }),
  };
}

function served(config: GatewayConfig): { readonly who: Who; readonly salt: string | undefined }[] {
  return config.routes.flatMap(({ rollout, parts, mirrors = [], paths = [] }) => [
    ...parts.map(({ track, revision, halves }) => ({
      who: { rollout, track, revision },
      salt: halves?.salt,
    })),
    ...mirrors.map(({ track, revision }) => ({ who: { rollout, track, revision }, salt: undefined })),
    ...(paths.some(({ to }) => to.kind !== 'new')
      ? [{ who: { rollout, track: 'legacy' as const, revision: '' as const }, salt: undefined }]
      : []),
  ]);
}

function partsOf(config: GatewayConfig, rollout: string): number {
  const route = config.routes.find((one) => one.rollout === rollout);
  return (route?.parts.length ?? 0) + (route?.mirrors?.length ?? 0);
}
