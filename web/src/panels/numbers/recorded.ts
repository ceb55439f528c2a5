import {
  controlTrackOf,
  failedBeyondControl,
  fractionOfLimit,
  isMirrored,
  judgedTracksOf,
  quantileOf,
  slowedBeyondControl,
} from '../../../../src/client/browser.ts';
import type { Harmed, ServedTogether, Slowed } from '../../../../src/analysis/harmed.ts';
import type { CheckJudgement } from '../../../../src/analysis/judgement.ts';
import type { LogHistogram, TrackCounters } from '../../../../src/analysis/measurement.ts';
import type { TickView } from '../../../../src/client/index.ts';
import type { Plan } from '../../../../src/strategy/plan.ts';
import { Counts } from './distribution.ts';
import { Lines } from './lines.ts';

/** So long between two ticks, or longer, is a gap: nothing was counted. */
const GAP_MS = 5_000;

/** What tracks serve, over time: requests a second, the share of errors in percent, latencies in milliseconds. */
export interface TrafficLines {
  readonly requests: Lines;
  readonly errors: Lines;
  readonly latency: Lines;
}

/** No point yet. */
export function noTraffic(): TrafficLines {
  return { requests: new Lines(), errors: new Lines(), latency: new Lines() };
}

/** How long the requests of a track took. */
export interface TrackLatencies {
  readonly track: string;
  readonly histogram: LogHistogram;
}

/** The ticks of one release, taken in one after another: what charts and sums need of them, and no more. */
export class Recorded {
  readonly traffic = noTraffic();
  readonly candidate = new Counts();
  readonly control = new Counts();
  /** What both sides are called. */
  sides: { readonly candidate: string; readonly control: string } = {
    candidate: 'canary',
    control: 'stable',
  };
  readonly #plan: Plan;
  readonly #evidence = new Map<string, Lines>();
  readonly #latencies = new Map<string, Counts>();
  /** What was served to users in each step, and how long that took: copies harm nobody. */
  readonly #steps = new Map<number, Totals>();
  readonly #users = { candidate: new Counts(), control: new Counts() };
  #hasCopies = false;
  #lastAt = -Infinity;

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  /** When the newest tick was counted; milliseconds since 1970, -Infinity before the first. */
  get lastAt(): number {
    return this.#lastAt;
  }

  /** How much of what each check needs to decide was there, in percent of the limit: lines `harm` and `safe`. */
  get evidence(): ReadonlyMap<string, Lines> {
    return this.#evidence;
  }

  /** How long the requests of each track took, that which others are compared with first. */
  get latencies(): readonly TrackLatencies[] {
    const others = [...this.#latencies].map(([track, counts]) => ({ track, histogram: counts.histogram() }));
    return [{ track: this.sides.control, histogram: this.control.histogram() }, ...others];
  }

  /** True once copies were compared: what became of them is no harm. */
  get hasCopies(): boolean {
    return this.#hasCopies;
  }

  /** Requests of users that failed beyond what stable would have failed; undefined before any were compared. */
  failed(): Harmed | undefined {
    return failedBeyondControl([...this.#steps.values()]);
  }

  /** Requests of users that were slower than nearly all of stable's; undefined before any were compared. */
  slowed(): Slowed | undefined {
    return slowedBeyondControl(this.#users.candidate.histogram(), this.#users.control.histogram());
  }

  /** Takes in ticks, oldest first; those that are known are left out. */
  add(ticks: readonly TickView[]): void {
    for (const tick of ticks) if (tick.at > this.#lastAt) this.#take(tick);
  }

  #take({ at, step, tick, judgement }: TickView): void {
    this.#leaveGap(at - tick.ms);
    this.#name(step);
    const { candidate, control, ms } = tick;
    this.candidate.add(candidate.latency);
    this.control.add(control.latency);
    this.#sum(step, { candidate, control });
    const { sides } = this;
    const apart = Object.entries(tick.variants ?? { [sides.candidate]: candidate });
    for (const [track, { latency }] of apart) this.#latenciesOf(track).add(latency);
    addTraffic(this.traffic, at, [
      { track: sides.control, ...servedIn(control, ms) },
      ...apart.map(([track, counters]) => ({ track, ...servedIn(counters, ms) })),
    ]);
    for (const check of judgement.checks) this.#linesOf(check.name).push(at / 1_000, strengthsOf(check));
    this.#lastAt = at;
  }

  #leaveGap(since: number): void {
    if (since - this.#lastAt < GAP_MS || this.#lastAt === -Infinity) return;
    addTraffic(this.traffic, this.#lastAt, []);
    for (const lines of this.#evidence.values()) lines.push(this.#lastAt / 1_000, {});
  }

  #name(index: number): void {
    const step = this.#plan.steps[index];
    if (step === undefined) return;
    const [judged, ...others] = judgedTracksOf(step);
    this.sides = { candidate: others.length > 0 ? 'all variants' : judged, control: controlTrackOf(step) };
  }

  #sum(step: number, served: Pick<TickView['tick'], 'candidate' | 'control'>): void {
    const planned = this.#plan.steps[step];
    if (planned !== undefined && isMirrored(planned)) {
      this.#hasCopies ||= served.candidate.requests > 0;
      return;
    }
    this.#users.candidate.add(served.candidate.latency);
    this.#users.control.add(served.control.latency);
    const totals = this.#steps.get(step) ?? new Totals();
    totals.add(served);
    this.#steps.set(step, totals);
  }

  #latenciesOf(track: string): Counts {
    const known = this.#latencies.get(track) ?? new Counts();
    this.#latencies.set(track, known);
    return known;
  }

  #linesOf(check: string): Lines {
    const known = this.#evidence.get(check) ?? new Lines();
    this.#evidence.set(check, known);
    return known;
  }
}

/** What one track served at a moment; what is not known is absent. */
export interface TrackMoment {
  readonly track: string;
  readonly requestsPerSecond: number;
  /** 0 to 1. */
  readonly errorRatio?: number;
  readonly p50Ms?: number;
  readonly p99Ms?: number;
}

/** Adds a moment; a track that is not named served nothing that is known. `at`: milliseconds since 1970. */
export function addTraffic(lines: TrafficLines, at: number, tracks: readonly TrackMoment[]): void {
  const seconds = at / 1_000;
  lines.requests.push(
    seconds,
    byTrack(tracks, ({ track, requestsPerSecond }) => [[track, requestsPerSecond]]),
  );
  lines.errors.push(
    seconds,
    byTrack(tracks, ({ track, errorRatio }) => (errorRatio === undefined ? [] : [[track, errorRatio * 100]])),
  );
  lines.latency.push(
    seconds,
    byTrack(tracks, ({ track, p50Ms, p99Ms }) => [
      [`${track} p50`, p50Ms],
      [`${track} p99`, p99Ms],
    ]),
  );
}

type Named = readonly (readonly [string, number | undefined])[];

function byTrack(
  tracks: readonly TrackMoment[],
  valuesOf: (track: TrackMoment) => Named,
): Readonly<Record<string, number | undefined>> {
  return Object.fromEntries(tracks.flatMap(valuesOf));
}

function servedIn({ requests, errors, latency }: TrackCounters, ms: number): Omit<TrackMoment, 'track'> {
  const p50Ms = quantileOf(latency, 0.5);
  const p99Ms = quantileOf(latency, 0.99);
  return {
    requestsPerSecond: (requests * 1_000) / ms,
    ...(requests === 0 ? {} : { errorRatio: errors / requests }),
    ...(p50Ms === undefined ? {} : { p50Ms }),
    ...(p99Ms === undefined ? {} : { p99Ms }),
  };
}

function strengthsOf({ harm, safe }: CheckJudgement): Readonly<Record<string, number | undefined>> {
  return {
    ...(harm === undefined ? {} : { harm: fractionOfLimit(harm) * 100 }),
    ...(safe === undefined ? {} : { safe: fractionOfLimit(safe) * 100 }),
  };
}

class Totals implements ServedTogether {
  readonly candidate = { requests: 0, errors: 0 };
  readonly control = { requests: 0, errors: 0 };

  add({ candidate, control }: ServedTogether): void {
    this.candidate.requests += candidate.requests;
    this.candidate.errors += candidate.errors;
    this.control.requests += control.requests;
    this.control.errors += control.errors;
  }
}
