import type { MetricsPort, Router, RouterCapabilities } from '../../controller/ports.ts';
import { isSameRoute, type Route, type RouteMirror, type RoutePart } from '../../engine/observation.ts';
import type { Reading, Series } from '../../engine/status.ts';
import { countersTogether, type Exposure, type TrackCounters } from '../../analysis/measurement.ts';
import { ExperimentUsers } from '../../gateway/counting/experiment-users.ts';
import { markOf } from '../../gateway/counting/user-marks.ts';
import type { RevisionId, Track } from '../../rollout/model.ts';
import { MOST_USERS } from '../../rollout/experiment.ts';
import { GATEWAY_CAPABILITIES } from '../../traffic/gateway.ts';
import type { Random } from '../random.ts';
import { ServedCounts, type Answers } from './served-counts.ts';

/** What is simulated of our own gateway: all of it. */
export const SIMULATED_CAPABILITIES: RouterCapabilities = { ...GATEWAY_CAPABILITIES, name: 'the simulation' };

/** What a virtual gateway is made of. */
export interface VirtualGatewayParts {
  readonly random: Random;
  readonly now: () => number;
  /** True while it does not answer. */
  readonly isAway: () => boolean;
  /** True while its counters cannot be read. */
  readonly isUncounted: () => boolean;
  /** Told of every other division of the traffic. */
  readonly onRoute: (route: Route) => void;
}

/** What is counted of one part of the routes. */
interface Counted {
  readonly part: Who;
  /** By weight, or copies. */
  readonly drawn: ServedCounts;
  /** Of those who were sent there by a match. */
  matched?: ServedCounts;
  /** Of copies. */
  originals?: ServedCounts;
  halves?: { readonly run: string; readonly a: ServedCounts; readonly b: ServedCounts };
  seenAtMs: number;
}

/** What is no longer served is remembered for so long. */
const REMEMBERED_MS = 600_000;

/** A gateway that exists only in virtual time: serves the route it was told, and counts the answers. */
export class VirtualGateway {
  readonly #parts: VirtualGatewayParts;
  readonly #counted = new Map<string, Counted>();
  #route: Route = { parts: [] };
  #epoch = 1;
  /** Whom the experiment that is served has met. */
  #met: ExperimentUsers | undefined;

  readonly router: Router = {
    can: SIMULATED_CAPABILITIES,
    write: (route) => this.#write(route),
    read: () => Promise.resolve(this.#parts.isAway() ? {} : { route: this.#route }),
  };

  readonly metrics: MetricsPort = {
    read: ({ at }) => Promise.resolve(this.#isReadable() ? this.#reading(at) : undefined),
  };

  constructor(parts: VirtualGatewayParts) {
    this.#parts = parts;
  }

  /** What is served now. */
  get route(): Route {
    return this.#route;
  }

  /** Has served a route since long ago. */
  begin(route: Route): void {
    this.#route = route;
  }

  /** Serves nobody any more. */
  async forget(): Promise<undefined> {
    await this.#write({ parts: [] });
  }

  /** Comes back with the route it had, and counts anew. */
  restart(): void {
    this.#epoch += 1;
    this.#counted.clear();
    this.#met = undefined;
  }

  /** What it has counted in, and for what: with another everybody is met anew; undefined while there is no experiment. */
  get experiment(): { readonly id: string; readonly counting: string } | undefined {
    const { experiment } = this.#route;
    return experiment && { id: experiment.id, counting: `${this.#epoch} ${experiment.id}` };
  }

  /** True once nobody else is counted. */
  get isFull(): boolean {
    const { parts } = this.#route;
    return parts.reduce((sum, part) => sum + this.#metOn(part).trials, 0) >= MOST_USERS;
  }

  /** Counts a user by the hash of his id, where he has not been met. */
  meet(part: Who, hash: number, isConverted: boolean): void {
    const { experiment } = this.#route;
    if (experiment === undefined) return;
    if (this.#met?.id !== experiment.id) this.#met = new ExperimentUsers(experiment.id);
    this.#met.add(keyOf(part), { id: experiment.id, marks: [markOf(hash, isConverted)] });
  }

  /** The users of a version, the candidate or what it is compared with, in the experiment that is served. */
  usersOf(revision: RevisionId | undefined, isCandidate: boolean): Exposure {
    const part = this.#route.parts.find(
      (one) => one.revision === revision && isCandidate === (one.track !== 'stable'),
    );
    return part === undefined ? NOBODY : this.#metOn(part);
  }

  #metOn(part: Who): Exposure {
    if (this.#met === undefined || this.#met.id !== this.#route.experiment?.id) return NOBODY;
    const { users, converted } = this.#met.read(keyOf(part));
    return { trials: users, events: converted };
  }

  /** The counts of a part of the route: of what weights have sent there, or of what a match has. */
  countsOf(part: Who, isMatched: boolean): ServedCounts {
    const counted = this.#countedOf(part);
    counted.seenAtMs = this.#parts.now();
    return isMatched ? (counted.matched ??= new ServedCounts()) : counted.drawn;
  }

  /** Counts answers to requests of a part of the route. */
  count(part: RoutePart, answers: Answers, isMatched = false): void {
    const { random } = this.#parts;
    this.countsOf(part, isMatched).add(answers, random);
    if (part.halves !== undefined) countHalves(this.#countedOf(part), part.halves.salt, { answers, random });
  }

  /** Counts answers to copies of requests. */
  countCopies(mirror: RouteMirror, answers: Answers): void {
    this.countsOf(mirror, false).add(answers, this.#parts.random);
  }

  /** Counts answers to requests that were copied. */
  countOriginals(mirror: RouteMirror, answers: Answers): void {
    const counted = this.#countedOf(mirror);
    counted.originals ??= new ServedCounts();
    counted.originals.add(answers, this.#parts.random);
  }

  #write(route: Route): Promise<void> {
    if (this.#parts.isAway()) return Promise.reject(new Error('it does not answer'));
    const isOther = !isSameRoute(route, this.#route);
    this.#route = route;
    for (const part of [...route.parts, ...(route.mirrors ?? [])]) this.#countedOf(part);
    if (isOther) this.#parts.onRoute(route);
    return Promise.resolve();
  }

  #isReadable(): boolean {
    return !this.#parts.isAway() && !this.#parts.isUncounted();
  }

  #reading(at: number): Reading {
    const oldest = this.#parts.now() - REMEMBERED_MS;
    const series: Series[] = [];
    for (const [key, counted] of this.#counted) {
      if (counted.seenAtMs < oldest) this.#counted.delete(key);
      else series.push({ ...seriesOf(counted), ...this.#metBy(counted.part) });
    }
    return { epoch: `epoch ${this.#epoch}`, at, series, ...this.#halves() };
  }

  #halves(): Pick<Reading, 'halves'> {
    const part = this.#route.parts.find(({ track, halves }) => track === 'stable' && halves !== undefined);
    const halves = part === undefined ? undefined : this.#countedOf(part).halves;
    if (halves === undefined) return {};
    return { halves: { run: halves.run, a: halves.a.counters(), b: halves.b.counters() } };
  }

  #metBy(part: Who): Pick<Series, 'met'> {
    if (this.#met === undefined) return {};
    const { trials: users, events: converted } = this.#metOn(part);
    return { met: { id: this.#met.id, users, converted } };
  }

  #countedOf(part: Who): Counted {
    const key = keyOf(part);
    const known = this.#counted.get(key);
    if (known !== undefined) return known;
    const counted: Counted = { part, drawn: new ServedCounts(), seenAtMs: this.#parts.now() };
    this.#counted.set(key, counted);
    return counted;
  }
}

/** A version in its role. */
interface Who {
  readonly track: Track;
  readonly revision: RevisionId;
}

const NOBODY: Exposure = { trials: 0, events: 0 };

function keyOf({ track, revision }: Who): string {
  return `${track} ${revision}`;
}

function seriesOf({ part, drawn, matched, originals }: Counted): Series {
  const { track, revision } = part;
  const copied = originals === undefined ? {} : { originals: originals.counters() };
  if (matched === undefined) return { track, revision, counters: drawn.counters(), ...copied };
  const own = matched.counters();
  return { track, revision, counters: withMatched(drawn.counters(), own), matched: own, ...copied };
}

/** Users are counted once: as those drawn by weight, or as those who have chosen themselves. */
function withMatched(drawn: TrackCounters, { requests, errors, latency }: TrackCounters): TrackCounters {
  return countersTogether([drawn, { requests, errors, latency }]);
}

interface Halving {
  readonly answers: Answers;
  readonly random: Random;
}

function countHalves(counted: Counted, run: string, { answers, random }: Halving): void {
  if (counted.halves?.run !== run) {
    counted.halves = { run, a: new ServedCounts(), b: new ServedCounts() };
  }
  const requests = random.binomial(answers.requests, 0.5);
  const failed = Math.min(requests, random.binomial(answers.failed, 0.5));
  counted.halves.a.add({ ...answers, requests, failed }, random);
  const others = answers.requests - requests;
  counted.halves.b.add(
    { ...answers, requests: others, failed: Math.min(others, answers.failed - failed) },
    random,
  );
}
