import type { MetricsPort, Router, RouterCapabilities } from '../controller/ports.ts';
import { isSameRoute, type Route, type RouteMirror, type RoutePart } from '../engine/observation.ts';
import type { Reading, Series } from '../engine/status.ts';
import { GATEWAY_CAPABILITIES } from '../traffic/gateway.ts';
import type { Random } from './random.ts';
import { ServedCounts, type Answers } from './served-counts.ts';

/** What is simulated of our own gateway: its requests say nothing that could be matched. */
export const SIMULATED_CAPABILITIES: RouterCapabilities = {
  ...GATEWAY_CAPABILITIES,
  name: 'the simulation',
  matches: false,
  experiments: false,
};

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
  readonly part: Pick<RoutePart, 'track' | 'revision'>;
  readonly counts: ServedCounts;
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

  readonly router: Router = {
    can: SIMULATED_CAPABILITIES,
    write: (route) => this.#write(route),
    read: () => Promise.resolve(this.#parts.isAway() ? undefined : this.#route),
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
  forget(): Promise<void> {
    return this.#write({ parts: [] });
  }

  /** Comes back with the route it had, and counts anew. */
  restart(): void {
    this.#epoch += 1;
    this.#counted.clear();
  }

  /** Counts answers to requests of a part of the route. */
  count(part: RoutePart, answers: Answers): void {
    const { random, now } = this.#parts;
    const counted = this.#countedOf(part);
    counted.seenAtMs = now();
    counted.counts.add(answers, random);
    if (part.halves !== undefined) countHalves(counted, part.halves.salt, { answers, random });
  }

  /** Counts answers to copies of requests. */
  countCopies(mirror: RouteMirror, answers: Answers): void {
    const { random, now } = this.#parts;
    const counted = this.#countedOf(mirror);
    counted.seenAtMs = now();
    counted.counts.add(answers, random);
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
    for (const [key, { part, counts, originals, seenAtMs }] of this.#counted) {
      if (seenAtMs < oldest) this.#counted.delete(key);
      else {
        const ofCopies = originals === undefined ? {} : { originals: originals.counters() };
        series.push({
          track: part.track,
          revision: part.revision,
          counters: counts.counters(),
          ...ofCopies,
        });
      }
    }
    return { epoch: `epoch ${this.#epoch}`, at, series, ...this.#halves() };
  }

  #halves(): Pick<Reading, 'halves'> {
    const part = this.#route.parts.find(({ track, halves }) => track === 'stable' && halves !== undefined);
    const halves = part === undefined ? undefined : this.#countedOf(part).halves;
    if (halves === undefined) return {};
    return { halves: { run: halves.run, a: halves.a.counters(), b: halves.b.counters() } };
  }

  #countedOf(part: Counted['part']): Counted {
    const key = `${part.track} ${part.revision}`;
    const known = this.#counted.get(key);
    if (known !== undefined) return known;
    const counted: Counted = { part, counts: new ServedCounts(), seenAtMs: this.#parts.now() };
    this.#counted.set(key, counted);
    return counted;
  }
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
