import type { MetricsPort, NeighbourPort, Ports } from '../controller/ports.ts';
import type { Route } from '../engine/observation.ts';
import { localWorkload } from '../rollout/local-workload.ts';
import type { RevisionId } from '../rollout/model.ts';
import { FULL_SHARE } from '../base/share.ts';
import { Failure } from '../base/failure.ts';
import type { Random } from './random.ts';
import type { OutageOf, Subject, Version } from './scenario/model.ts';
import { joinedMetrics } from '../metrics/joined.ts';
import { Users } from './users/users.ts';
import { VirtualErrands } from './virtual/errands.ts';
import { VirtualGateway } from './virtual/gateway.ts';
import { VirtualSources } from './virtual/sources.ts';
import { VirtualWorkload } from './virtual/workload.ts';

/** What the surroundings of a Rollout are made of. */
export interface SurroundingsParts {
  readonly subject: Subject;
  readonly random: Random;
  /** Absent: no gate hears of another Rollout. */
  readonly neighbours?: NeighbourPort;
  /** Told of every other division of the traffic. */
  readonly onRoute: (route: Route) => void;
}

/** Requests of a longer time than this are not sent at once: the traffic changes. */
const LONGEST_SPAN_MS = 5_000;
/** The same, while nobody reads what is counted. */
const LONGEST_UNREAD_SPAN_MS = 60_000;
/** The same, while answers change all the time. */
const UNSTEADY_SPAN_MS = 1_000;

/** Everything around one Rollout: its processes, its gateway, its users; all in virtual time. */
export class Surroundings {
  readonly workload: VirtualWorkload;
  readonly gateway: VirtualGateway;
  readonly users: Users;
  readonly ports: Ports;
  readonly #subject: Subject;
  readonly #edges: readonly number[];
  #nextEdge = 0;
  #now = 0;

  constructor({ subject, random, neighbours, onRoute }: SurroundingsParts) {
    const { rollout, versions } = subject;
    const isAway =
      (of: OutageOf): (() => boolean) =>
      () =>
        this.isAway(of);
    const now = (): number => this.#now;
    this.#subject = subject;
    this.#edges = edgesOf(subject);
    this.workload = new VirtualWorkload({
      workload: localWorkload(rollout.workload),
      versionOf: (revision) => versionOf(subject, revision),
      random,
      now,
      isAway: isAway('workload'),
    });
    this.gateway = new VirtualGateway({
      random,
      now,
      isAway: isAway('gateway'),
      isUncounted: isAway('metrics'),
      onRoute,
    });
    const { workload, gateway } = this;
    this.users = new Users({ subject, workload, gateway, random, isGatewayAway: isAway('gateway') });
    const metrics = this.#metricsOf(random);
    this.ports = {
      workload,
      outside: new VirtualErrands({ answers: subject.answers, now }),
      ...(rollout.traffic === undefined ? {} : { router: gateway.router }),
      ...(metrics === undefined ? {} : { metrics }),
      ...(neighbours === undefined ? {} : { neighbours }),
      forgetRoute: () => (rollout.traffic === undefined ? Promise.resolve(undefined) : gateway.forget()),
    };
    const [{ name: stable }] = versions;
    workload.begin(stable, rollout.workload.replicas);
    gateway.begin({ parts: [{ track: 'stable', revision: stable, weight: FULL_SHARE }] });
  }

  /** What the gateway has counted, and what sources have. */
  #metricsOf(random: Random): MetricsPort | undefined {
    const { workload, gateway } = this;
    const subject = this.#subject;
    const counted = subject.rollout.traffic === undefined ? undefined : gateway.metrics;
    const sources = new VirtualSources({ subject, workload, gateway, random, now: () => this.#now });
    if (!sources.isNeeded) return counted;
    const all = joinedMetrics(counted, [sources.measure]);
    return {
      read: (...asked) => (this.isAway('metrics') ? Promise.resolve(undefined) : all.read(...asked)),
    };
  }

  /** Until when everything has happened, in milliseconds since the beginning. */
  get now(): number {
    return this.#now;
  }

  /** True while something does not answer. */
  isAway(of: OutageOf): boolean {
    return this.#subject.outages.some(
      (outage) => outage.of === of && outage.atMs <= this.#now && this.#now < outage.atMs + outage.forMs,
    );
  }

  /** When something changes next, if nobody does anything. */
  nextChangeMs(): number {
    while ((this.#edges[this.#nextEdge] ?? Infinity) <= this.#now) this.#nextEdge += 1;
    return Math.min(this.workload.nextChangeMs, this.#edges[this.#nextEdge] ?? Infinity);
  }

  /** Lets everything happen up to a moment. `isRead`: somebody reads what the gateway counts meanwhile. */
  passTo(atMs: number, isRead: boolean): void {
    while (this.#now < atMs) {
      const toMs = Math.min(atMs, this.nextChangeMs(), this.#now + this.#longestSpanMs(isRead));
      // What changes at this very moment comes first.
      if (toMs > this.#now) this.#send(toMs, isRead);
      this.#now = Math.max(this.#now, toMs);
      this.workload.passTo(this.#now);
    }
  }

  #send(toMs: number, isCounted: boolean): void {
    if (this.#subject.rollout.traffic !== undefined) this.users.send({ fromMs: this.#now, toMs, isCounted });
  }

  #longestSpanMs(isRead: boolean): number {
    if (this.#isUnsteady(isRead)) return UNSTEADY_SPAN_MS;
    return isRead ? LONGEST_SPAN_MS : LONGEST_UNREAD_SPAN_MS;
  }

  #isUnsteady(isRead: boolean): boolean {
    const { faults, load, versions } = this.#subject;
    return (
      load.bursts.some(({ everyMs }) => everyMs !== undefined) ||
      faults.some(({ atMs, rampMs }) => atMs <= this.#now && this.#now < atMs + rampMs) ||
      (isRead && versions.some(({ warmUp }) => warmUp !== undefined))
    );
  }
}

/** Moments at which something begins or ends, in order. */
function edgesOf({ faults, outages, load }: Subject): readonly number[] {
  const edges = [...faults, ...outages, ...load.bursts].flatMap(({ atMs, forMs }) => [atMs, atMs + forMs]);
  return [...new Set(edges)].sort((a, b) => a - b);
}

function versionOf({ versions }: Subject, revision: RevisionId): Version {
  const version = versions.find(({ name }) => name === revision);
  if (version === undefined) throw new Failure('bug', `no version is named ${revision}`);
  return version;
}
