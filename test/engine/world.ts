import type { Tick } from '../../src/analysis/measurement.ts';
import type { Decision, Desired, EngineEvent } from '../../src/engine/decision.ts';
import { advance } from '../../src/engine/advance.ts';
import {
  copyOf,
  isSameRoute,
  type Copy,
  type Group,
  type Observation,
  type Route,
} from '../../src/engine/observation.ts';
import { closeToUsers, isClosedAs, openToUsers } from '../../src/engine/maintenance.ts';
import type { Peer } from '../../src/engine/group.ts';
import type { Wanted } from '../../src/engine/wanted.ts';
import { NEW_STATUS, wantedIn, type Status } from '../../src/engine/status.ts';
import type { Errand } from '../../src/engine/errand.ts';
import type { GateAnswer } from '../../src/engine/gates/answer.ts';
import { vote, type Vote } from '../../src/engine/gates/approve.ts';
import { steer, type Steered } from '../../src/engine/steer.ts';
import { Failure } from '../../src/base/failure.ts';
import type { RevisionId, Rollout } from '../../src/rollout/model.ts';
import { voterNamed, wantedBy, type Death, type GatewayState, type Happening } from './happening.ts';
import { Breach, checkDecision, checkPure } from './invariant-checks.ts';
import { age, type Process } from './behaviour.ts';
import { Counters } from './counters.ts';
import { Listeners } from './listeners.ts';
import { OtherRollout } from './other-rollout.ts';
import { isBaseline, revisionIn, setOf } from './process-set.ts';

export { DEATHS, GATEWAY_STATES, type Death, type Happening } from './happening.ts';

/** Decides as the engine does; the engine itself, but where a test breaks it on purpose. */
export type Engine = typeof advance;

export function revision(n: number): RevisionId {
  return `r1-${n}` as RevisionId;
}

/**
 * A Rollout with its processes, data plane, metrics and store, all in virtual time. It checks the invariants
 * at every decision; the engine under test is the real one.
 */
export class World {
  rollout: Rollout;
  now = 1_000_000_000;
  /** True time, which clock jumps do not move. */
  elapsedMs = 0;
  status: Status = NEW_STATUS;
  wanted: Wanted | undefined;
  readonly outcomes: { release: number; outcome: string; reason: string; ageMs: number; to: RevisionId }[] =
    [];
  /** Told of each look before its decision is checked. */
  onLook: ((look: { readonly seen: Observation; readonly decision: Decision }) => void) | undefined;
  /** Errands: what they answer, which are under way, and the keys of all there ever were. */
  answer: (errand: Errand) => GateAnswer | undefined = () => undefined;
  errands: readonly Errand[] = [];
  readonly sent: string[] = [];
  readonly listeners = new Listeners();
  readonly events: EngineEvent[] = [];
  /** How many users of a revision convert, in an experiment. */
  converts: (id: RevisionId) => number = () => 0.1;
  /** What is seen of the other members of its group. */
  peers: (() => readonly Peer[]) | undefined;
  /** What its gates see of other Rollouts, where that is not `other`. */
  neighbours: (() => Observation['neighbours']) | undefined;
  /** The Rollout that gates of histories wait for. */
  readonly other = new OtherRollout();
  /** What was counted as evidence. */
  readonly ticks: Tick[] = [];
  /** By revision, or by revision and copy. */
  #processes = new Map<string, Process[]>();
  #served: Route = { parts: [] };
  #gateway: GatewayState = 'up';
  #confirmed: Route | undefined;
  #isMetricsUp = true;
  #isWorkloadUp = true;
  readonly #counters = new Counters();
  #past: Observation[] = [];
  #isStale = false;
  #decided: Desired['groups'] = [];
  /** Remembered apart from the status, which might forget it. */
  readonly #rejected = new Set<RevisionId>();
  #wanted: readonly string[] = [];
  readonly #over = new Set<string>();
  #looks = 0;
  readonly #engine: Engine;
  #lastLook: { status: Status; seen: Observation } | undefined;

  constructor(rollout: Rollout, engine: Engine = advance) {
    this.rollout = rollout;
    this.#engine = engine;
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
        this.listeners.crash();
        return;
      case 'staleLook':
        this.#pass(happening.afterMs);
        this.#isStale = true;
        this.#look(this.#stale(happening), 'never');
        this.#isStale = false;
        return;
      case 'clockJump':
        this.now += happening.byMs;
        this.other.jump(happening.byMs);
        return;
      case 'metrics':
        this.#isMetricsUp = happening.up;
        return;
      case 'gateway':
        if (happening.state === 'restarted') {
          this.#counters.restart();
        }
        this.#gateway = happening.state === 'restarted' ? 'up' : happening.state;
        this.#confirmed = undefined;
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
        this.wanted = wantedBy(happening, this.rollout);
        return;
      case 'command':
        this.#change(() => steer(this.status, happening.command));
        return;
      case 'answer': {
        const { says } = happening;
        this.answer = () => (says === 'nothing' ? undefined : { kind: says, why: says });
        return;
      }
      case 'maintenance':
        this.#maintain(happening.on);
        return;
      case 'neighbour':
        this.other.become(happening, this.now);
        return;
      case 'vote':
        this.vote({ voter: voterNamed(happening.by), reject: happening.reject, at: this.now });
        return;
    }
  }

  /** Revisions that have processes now. */
  get running(): readonly RevisionId[] {
    const alive = [...this.#processes].filter(([, processes]) => processes.length > 0);
    return [...new Set(alive.map(([set]) => revisionIn(set)))];
  }

  /** How many processes a revision, or a copy of it, has now. */
  count(id: RevisionId, copy?: Copy): number {
    return this.#processes.get(setOf(id, copy))?.length ?? 0;
  }

  /** What users are sent to now. */
  get served(): Route {
    return this.#served;
  }

  /** The messages of the events of a type. */
  told(type: EngineEvent['type']): readonly string[] {
    return this.events.filter((event) => event.type === type).map(({ message }) => message);
  }

  /** Somebody says something at a gate. */
  vote(said: Vote): void {
    this.#change(() => vote(this.rollout, this.status, said));
  }

  #change(compute: () => Steered): void {
    try {
      const steered = compute();
      this.#save(steered.status);
      this.events.push(...steered.events);
      this.wanted = steered.wanted ?? this.wanted;
      for (const id of steered.wanted === undefined ? [] : wantedIn(steered.wanted))
        this.#rejected.delete(id);
    } catch (cause) {
      if (!(cause instanceof Failure) || !REFUSALS.includes(cause.code)) throw cause;
    }
  }

  #maintain(on: boolean): void {
    const { status, now } = this;
    const changed = on
      ? closeToUsers(status, { since: now, retryAfterMs: 60_000 })
      : openToUsers(status, now);
    this.#save(changed.status);
    this.events.push(...changed.events);
  }

  #pass(ms: number): void {
    this.now += ms;
    this.elapsedMs += ms;
    this.other.pass(ms);
    for (const [set, processes] of this.#processes) {
      for (const process of processes) age(revisionIn(set), process, ms);
    }
    this.#counters.pass(this.#served, ms, this.converts);
  }

  #observe(): Observation {
    const seen: Observation = {
      ...this.#wantedPart(),
      ...(this.#isWorkloadUp ? { groups: this.#groups() } : {}),
      ...(this.#gateway === 'down' ? {} : { route: this.#confirmed ?? this.#served }),
      ...(this.#isMetricsUp && this.#gateway !== 'down' ? { reading: this.#counters.reading(this.now) } : {}),
      answers: this.#answers(),
      deliveries: this.listeners.deliveries(),
    };
    this.#past.push(seen);
    if (this.#past.length > REMEMBERED_LOOKS) this.#past.shift();
    return seen;
  }

  #stale({ looksAgo, of }: Extract<Happening, { kind: 'staleLook' }>): Observation {
    const past = this.#past.at(-looksAgo);
    if (past === undefined) return this.#observe();
    if (of === 'all') return { ...withoutWantedPart(past), ...this.#wantedPart() };
    const { [of]: _, ...now } = this.#observe();
    return { ...now, ...(past[of] === undefined ? {} : { [of]: past[of] }) };
  }

  /** What we know ourselves is never stale, and neither is that we do not know it. */
  #wantedPart(): Pick<Observation, 'wanted' | 'peers' | 'neighbours'> {
    const neighbours = this.neighbours === undefined ? this.other.seen() : this.neighbours();
    return {
      ...(neighbours === undefined ? {} : { neighbours }),
      ...(this.wanted === undefined ? {} : { wanted: this.wanted }),
      ...(this.peers === undefined ? {} : { peers: this.peers() }),
    };
  }

  #groups(): readonly Group[] {
    return [...this.#processes].map(([set, processes]) => {
      const ready = processes.filter((process) => process.readyInMs <= 0).length;
      const isFailing = processes.some((process) => process.crashes >= 4);
      return {
        revision: revisionIn(set),
        ...(isBaseline(set) ? { copy: 'baseline' as const } : {}),
        running: processes.length,
        ready,
        ...(isFailing ? { failing: 'exit code 1' } : {}),
      };
    });
  }

  #answers(): NonNullable<Observation['answers']> {
    const answers = this.errands.map((errand) => [errand.key, this.answer(errand)] as const);
    return Object.fromEntries(answers.flatMap(([key, said]) => (said === undefined ? [] : [[key, said]])));
  }

  #look(seen: Observation, diesAt: 'never' | Death): void {
    const before = this.status;
    const decide = (status: Status): Decision => this.#engine(this.rollout, status, seen, this.now);
    const decision = decide(before);
    this.#looks += 1;
    if (this.#isRepeated) checkPure(decide(before), decision);
    this.onLook?.({ seen, decision });
    checkDecision({
      rollout: this.rollout,
      before,
      seen,
      decision,
      isStale: this.#isStale,
      last: this.#lastLook,
      decided: this.#decided,
      rejected: this.#rejected,
    });
    this.other.check(this.rollout.gates, decision.events);
    if (diesAt === 'beforeSave') return;
    this.#save(decision.status);
    this.#lastLook = { status: decision.status, seen };
    this.#decided = decision.desired.groups;
    this.#record(before, decision);
    this.#giveUp(decision.desired);
    this.listeners.saved(decision.desired);
    if (diesAt === 'afterSave') return;
    this.#write(decision.desired);
    if (diesAt === 'afterRoute') return;
    this.#send(decision.desired);
    this.listeners.apply(decision.desired);
    this.#apply(decision.desired, diesAt === 'amidSizes' ? 1 : Infinity);
  }

  get #isRepeated(): boolean {
    return this.#looks % LOOKS_PER_REPETITION === 0;
  }

  #save(status: Status): void {
    // What is read back is what was saved, as the store writes it; tried at some of the looks, because it takes long.
    this.status = this.#isRepeated ? (JSON.parse(JSON.stringify(status)) as Status) : status;
  }

  #record(before: Status, decision: Decision): void {
    this.events.push(...decision.events);
    if (decision.counted !== undefined) this.ticks.push(decision.counted.tick);
    if (decision.ended === undefined) return;
    const { number, outcome, reason, to, variants = {} } = decision.ended;
    if (outcome === 'rolledBack') for (const id of [to, ...Object.values(variants)]) this.#rejected.add(id);
    this.outcomes.push({
      release: number,
      outcome,
      reason,
      to,
      ageMs: before.release!.ageMs + Math.max(0, this.now - before.release!.seenAt),
    });
  }

  #write(desired: Desired): void {
    const isSame = desired.route !== undefined && isSameRoute(desired.route, this.#served);
    const isWritten =
      desired.route !== undefined && !(isSame && isClosedAs({ route: this.#served }, desired.route));
    if (isWritten && this.#gateway === 'up') this.#served = desired.route;
    if (desired.route !== undefined && this.#gateway === 'boasting') this.#confirmed = desired.route;
  }

  /** Makes the sizes so, or only the first of those that differ. */
  #giveUp({ errands = [] }: Desired): void {
    const wanted = errands.map(({ key }) => key);
    const again = wanted.find((key) => this.#over.has(key));
    if (again !== undefined) throw new Breach(`6: ${again} was over and is sent again`);
    for (const key of this.#wanted) if (!wanted.includes(key)) this.#over.add(key);
    this.#wanted = wanted;
  }

  #send({ errands = [] }: Desired): void {
    this.errands = errands;
    this.sent.push(...errands.map(({ key }) => key).filter((key) => !this.sent.includes(key)));
  }

  #apply(desired: Desired, most: number): void {
    if (!this.#isWorkloadUp) return;
    const wanted = new Map(
      desired.groups.map(({ track, revision: id, replicas }) => [setOf(id, copyOf(track)), replicas]),
    );
    const sets = [...new Set([...this.#processes.keys(), ...wanted.keys()])];
    const differing = sets.filter((set) => this.#processes.get(set)?.length !== wanted.get(set));
    for (const set of differing.slice(0, most)) this.#resize(set, wanted.get(set));
  }

  #resize(set: string, replicas: number | undefined): void {
    if (replicas === undefined) {
      this.#processes.delete(set);
      return;
    }
    const processes = this.#processes.get(set) ?? [];
    while (processes.length > replicas) processes.pop();
    while (processes.length < replicas) processes.push({ readyInMs: 1_500, crashes: 0 });
    this.#processes.set(set, processes);
  }

  #kill(id: RevisionId | undefined): void {
    const process = id === undefined ? undefined : this.#processes.get(id)?.[0];
    if (process !== undefined) process.readyInMs = 3_000;
  }
}

function withoutWantedPart({
  wanted: _,
  peers: _peers,
  neighbours: _neighbours,
  ...rest
}: Observation): Observation {
  return rest;
}

/** How far back a stale look may go. */
const REMEMBERED_LOOKS = 10;
/** Every so many looks the same is decided twice, and what is saved is written and read. */
const LOOKS_PER_REPETITION = 8;
/** What a user may be told at the worst moment. */
const REFUSALS: readonly string[] = ['conflict', 'notPermitted', 'notFound'];
