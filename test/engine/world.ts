import { NO_REQUESTS, type TrackCounters } from '../../src/analysis/measurement.ts';
import { countFor, FULL_SHARE, fractionOf } from '../../src/base/share.ts';
import type { Decision, Desired } from '../../src/engine/decision.ts';
import { advance } from '../../src/engine/advance.ts';
import { isSameRoute, type Group, type Observation, type Route } from '../../src/engine/observation.ts';
import type { Wanted } from '../../src/engine/wanted.ts';
import { NEW_STATUS, type Reading, type Series, type Status } from '../../src/engine/status.ts';
import { steer, type Command } from '../../src/engine/steer.ts';
import { Failure } from '../../src/base/failure.ts';
import type { RevisionId, Rollout } from '../../src/rollout/model.ts';

/** How a revision behaves once its processes run. */
export type Behaviour = 'good' | 'slow' | 'erroneous' | 'crashing' | 'neverReady';

/** One thing that happens in a history. */
export type Happening =
  | { readonly kind: 'look'; readonly afterMs: number }
  /** A look whose controller dies: before saving, after saving, or after writing the route. */
  | {
      readonly kind: 'crash';
      readonly afterMs: number;
      readonly at: 'beforeSave' | 'afterSave' | 'afterRoute';
    }
  /** A look at what was true some looks ago. */
  | { readonly kind: 'staleLook'; readonly afterMs: number; readonly looksAgo: number }
  | { readonly kind: 'clockJump'; readonly byMs: number }
  | { readonly kind: 'metrics'; readonly up: boolean }
  | { readonly kind: 'gateway'; readonly state: 'up' | 'down' | 'lying' | 'restarted' }
  | { readonly kind: 'workload'; readonly up: boolean }
  | { readonly kind: 'kill'; readonly which: 'stable' | 'candidate' }
  | { readonly kind: 'drift' }
  | { readonly kind: 'want'; readonly revision: number }
  | { readonly kind: 'command'; readonly command: Command };

interface Process {
  readyInMs: number;
  crashes: number;
}

/** A breach of an invariant, found while a history ran. */
export class Breach extends Error {}

const BEHAVIOURS: readonly Behaviour[] = ['good', 'slow', 'erroneous', 'crashing', 'neverReady'];

/** Revision `n` always behaves alike, so that a history is replayable from its text. */
export function behaviourOf(revision: RevisionId): Behaviour {
  return BEHAVIOURS[Number(revision.slice(3)) % BEHAVIOURS.length]!;
}

export function revision(n: number): RevisionId {
  return `r1-${n}` as RevisionId;
}

/**
 * A Rollout with its processes, data plane, metrics and store, all in virtual time. It checks the invariants
 * at every decision; the engine under test is the real one.
 */
export class World {
  readonly rollout: Rollout;
  now = 1_000_000_000;
  /** True time, which clock jumps do not move. */
  elapsedMs = 0;
  status: Status = NEW_STATUS;
  wanted: Wanted | undefined;
  readonly outcomes: { release: number; outcome: string; reason: string; ageMs: number; to: RevisionId }[] =
    [];
  readonly saves: Status[] = [];
  #processes = new Map<RevisionId, Process[]>();
  #desired: Desired = { groups: [] };
  #served: Route = { parts: [] };
  #gateway: 'up' | 'down' | 'lying' = 'up';
  #isMetricsUp = true;
  #isWorkloadUp = true;
  #epoch = 1;
  #counters = new Map<string, { series: Series }>();
  #past: Observation[] = [];
  #lastLook: { status: Status; seen: Observation } | undefined;

  constructor(rollout: Rollout) {
    this.rollout = rollout;
  }

  happen(happening: Happening): void {
    switch (happening.kind) {
      case 'look':
        this.#pass(happening.afterMs);
        this.#look(this.#observe(), 'never');
        return;
      case 'crash':
        this.#pass(happening.afterMs);
        this.#look(this.#observe(), happening.at);
        return;
      case 'staleLook':
        this.#pass(happening.afterMs);
        this.#look(
          { ...(this.#past.at(-happening.looksAgo) ?? this.#observe()), ...this.#wantedPart() },
          'never',
        );
        return;
      case 'clockJump':
        this.now += happening.byMs;
        return;
      case 'metrics':
        this.#isMetricsUp = happening.up;
        return;
      case 'gateway':
        if (happening.state === 'restarted') {
          this.#epoch += 1;
          this.#counters.clear();
        }
        this.#gateway = happening.state === 'restarted' ? 'up' : happening.state;
        return;
      case 'workload':
        this.#isWorkloadUp = happening.up;
        return;
      case 'kill':
        this.#kill(happening.which === 'stable' ? this.status.stable : this.status.release?.to);
        return;
      case 'drift':
        this.#served = { parts: [] };
        return;
      case 'want':
        this.wanted = { revision: revision(happening.revision), mode: 'strategy' };
        return;
      case 'command':
        this.#command(happening.command);
        return;
    }
  }

  /** Revisions that have processes now. */
  get running(): readonly RevisionId[] {
    return [...this.#processes].filter(([, processes]) => processes.length > 0).map(([id]) => id);
  }

  /** What users are sent to now. */
  get served(): Route {
    return this.#served;
  }

  #command(command: Command): void {
    try {
      const steered = steer(this.status, command);
      this.#save(steered.status);
      this.wanted = steered.wanted ?? this.wanted;
    } catch (cause) {
      if (!(cause instanceof Failure) || cause.code !== 'conflict') throw cause;
    }
  }

  #pass(ms: number): void {
    this.now += ms;
    this.elapsedMs += ms;
    for (const [id, processes] of this.#processes) for (const process of processes) age(id, process, ms);
    for (const part of this.#served.parts)
      this.#serve(part.track, part.revision, fractionOf(part.weight) * 100 * (ms / 1_000));
  }

  #serve(track: Series['track'], id: RevisionId, requests: number): void {
    const key = `${track} ${id}`;
    const before = this.#counters.get(key)?.series.counters ?? NO_REQUESTS;
    const count = Math.round(requests);
    const isBad = behaviourOf(id) === 'erroneous';
    const slow = behaviourOf(id) === 'slow' ? 40 : 0;
    const counters: TrackCounters = {
      requests: before.requests + count,
      errors: before.errors + (isBad ? Math.ceil(count / 4) : 0),
      latency: add(before.latency, 200 + slow, count),
    };
    this.#counters.set(key, { series: { track, revision: id, counters } });
  }

  #observe(): Observation {
    const seen: Observation = {
      ...this.#wantedPart(),
      ...(this.#isWorkloadUp ? { groups: this.#groups() } : {}),
      ...(this.#gateway === 'down' ? {} : { route: this.#served }),
      ...(this.#isMetricsUp && this.#gateway !== 'down' ? { reading: this.#reading() } : {}),
    };
    this.#past.push(seen);
    return seen;
  }

  #wantedPart(): Pick<Observation, 'wanted'> {
    return this.wanted === undefined ? {} : { wanted: this.wanted };
  }

  #groups(): readonly Group[] {
    return [...this.#processes].map(([id, processes]) => {
      const ready = processes.filter((process) => process.readyInMs <= 0).length;
      const isFailing = processes.some((process) => process.crashes >= 4);
      return {
        revision: id,
        running: processes.length,
        ready,
        ...(isFailing ? { failing: 'exit code 1' } : {}),
      };
    });
  }

  #reading(): Reading {
    return {
      epoch: `e${this.#epoch}`,
      at: this.now,
      series: [...this.#counters.values()].map(({ series }) => series),
    };
  }

  #look(seen: Observation, diesAt: 'never' | 'beforeSave' | 'afterSave' | 'afterRoute'): void {
    const before = this.status;
    const decision = advance(this.rollout, before, seen, this.now);
    this.#check(before, seen, decision);
    if (diesAt === 'beforeSave') return;
    this.#save(decision.status);
    this.#lastLook = { status: decision.status, seen };
    this.#record(before, decision);
    if (diesAt === 'afterSave') return;
    this.#write(decision.desired);
    if (diesAt === 'afterRoute') return;
    this.#apply(decision.desired);
  }

  #save(status: Status): void {
    this.status = JSON.parse(JSON.stringify(status)) as Status;
    this.saves.push(this.status);
  }

  #record(before: Status, decision: Decision): void {
    if (decision.ended === undefined) return;
    const { number, outcome, reason, to } = decision.ended;
    this.outcomes.push({
      release: number,
      outcome,
      reason,
      to,
      ageMs: before.release!.ageMs + Math.max(0, this.now - before.release!.seenAt),
    });
  }

  #write(desired: Desired): void {
    const isWritten = desired.route !== undefined && !isSameRoute(desired.route, this.#served);
    if (isWritten && this.#gateway === 'up') this.#served = desired.route;
  }

  #apply(desired: Desired): void {
    if (!this.#isWorkloadUp) return;
    this.#desired = desired;
    for (const id of this.#processes.keys()) {
      if (!desired.groups.some((group) => group.revision === id)) this.#processes.delete(id);
    }
    for (const { revision: id, replicas } of desired.groups) {
      const processes = this.#processes.get(id) ?? [];
      while (processes.length > replicas) processes.pop();
      while (processes.length < replicas) processes.push({ readyInMs: 1_500, crashes: 0 });
      this.#processes.set(id, processes);
    }
  }

  #kill(id: RevisionId | undefined): void {
    const process = id === undefined ? undefined : this.#processes.get(id)?.[0];
    if (process !== undefined) process.readyInMs = 3_000;
  }

  // --- the invariants, numbered as in the design ---

  #check(before: Status, seen: Observation, decision: Decision): void {
    this.#checkPure(before, seen, decision);
    this.#checkCapacityBeforeRoute(seen, decision);
    this.#checkStableKept(seen, decision);
    this.#checkCapacityBounds(decision);
    this.#checkEvidence(before, seen, decision);
    this.#checkNoTrafficAfterEnd(decision);
    this.#checkRejected(before, decision);
    this.#checkOutcomeTold(decision);
  }

  #checkPure(before: Status, seen: Observation, decision: Decision): void {
    const copy = JSON.parse(JSON.stringify(before)) as Status;
    const again = advance(this.rollout, copy, seen, this.now);
    if (JSON.stringify(again) !== JSON.stringify(decision))
      throw new Breach('equal arguments gave another decision');
  }

  #checkCapacityBeforeRoute(seen: Observation, decision: Decision): void {
    const { release } = decision.status;
    const { route } = decision.desired;
    if (release?.direction.kind !== 'forward' || release.stage !== 'route' || route === undefined) return;
    for (const part of route.parts) {
      const ready = seen.groups?.find((group) => group.revision === part.revision)?.ready ?? 0;
      const needed = countFor(part.weight, this.rollout.workload.replicas);
      const isOld = seen.route !== undefined && isSameRoute(seen.route, route);
      if (ready < needed && !isOld)
        throw new Breach(`1: ${part.track} gets ${part.weight} with ${ready} of ${needed} ready`);
    }
  }

  #checkReadyToTakeOver(to: RevisionId, seen: Observation): void {
    const ready = seen.groups?.find((group) => group.revision === to)?.ready ?? 0;
    if (ready < this.rollout.workload.replicas)
      throw new Breach(`2: stable goes while only ${ready} of ${to} are ready`);
  }

  #checkStableKept(seen: Observation, decision: Decision): void {
    const { release } = decision.status;
    if (release?.from === undefined || release.plan.steps.some((step) => step.exclusive)) return;
    const step = release.plan.steps[release.step]!;
    const isCommitted = step.promoting && (release.stage === 'shrink' || release.stage === 'wait');
    const keeper = isCommitted ? release.to : release.from;
    if (isCommitted && release.stage === 'shrink') this.#checkReadyToTakeOver(release.to, seen);
    const kept = decision.desired.groups.find((group) => group.revision === keeper)?.replicas ?? 0;
    if (kept < this.rollout.workload.replicas) throw new Breach(`2: ${keeper} has only ${kept} replicas`);
  }

  #checkCapacityBounds(decision: Decision): void {
    const total = decision.desired.groups.reduce((sum, group) => sum + group.replicas, 0);
    if (total > 2 * this.rollout.workload.replicas) throw new Breach(`5: ${total} replicas at once`);
  }

  #checkEvidence(before: Status, seen: Observation, decision: Decision): void {
    const { counted } = decision;
    if (counted === undefined) return;
    const last = this.#lastLook;
    const isSameStep = last?.status.release?.step === counted.step && before.release?.step === counted.step;
    const isCandidate = before.release?.number === counted.release;
    if (!isSameStep || !isCandidate) throw new Breach('8: evidence of another step or release was counted');
    if (this.rollout.traffic !== undefined && (seen.route === undefined || last.seen.route === undefined)) {
      throw new Breach('8: evidence was counted without a confirmed route');
    }
    if (this.rollout.traffic !== undefined && !isSameRoute(seen.route!, last.seen.route!)) {
      throw new Breach('8: evidence was counted across a change of the route');
    }
  }

  #checkNoTrafficAfterEnd(decision: Decision): void {
    const { route, groups } = decision.desired;
    if (decision.status.release !== undefined || this.rollout.traffic === undefined) return;
    const stable = decision.status.stable;
    const isOnlyStable =
      route?.parts.every((part) => part.revision === stable && part.weight === FULL_SHARE) ?? false;
    if (!isOnlyStable) throw new Breach('4: somebody other than stable is to serve at rest');
    if (groups.some((group) => group.revision !== stable))
      throw new Breach('4: the candidate keeps processes at rest');
  }

  #checkRejected(before: Status, decision: Decision): void {
    const started = decision.events.some((event) => event.type === 'ReleaseStarted');
    const to = decision.status.release?.to;
    if (!started || to === undefined || !before.rejected.includes(to)) return;
    throw new Breach(`10: ${to} was rejected and is released again`);
  }

  #checkOutcomeTold(decision: Decision): void {
    const told = decision.events.filter((event) =>
      ['Promoted', 'RolledBack', 'Aborted', 'Failed'].includes(event.type),
    );
    if (told.length !== (decision.ended === undefined ? 0 : 1))
      throw new Breach(`11: ${told.length} outcomes told`);
  }
}

function age(id: RevisionId, process: Process, ms: number): void {
  const behaviour = behaviourOf(id);
  if (behaviour === 'neverReady') {
    // The supervisor reports it as failing once its time to become ready is over.
    process.crashes += ms / 8_000;
    return;
  }
  if (behaviour === 'crashing') process.crashes += ms / 1_000;
  else process.readyInMs -= ms;
}

function add(histogram: TrackCounters['latency'], index: number, count: number): TrackCounters['latency'] {
  if (count === 0) return histogram;
  const counts = new Map(histogram);
  counts.set(index, (counts.get(index) ?? 0) + count);
  return [...counts].sort(([a], [b]) => a - b);
}
