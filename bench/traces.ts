import { BUCKETS_PER_DOUBLING, type Tick, type TrackCounters } from '../src/analysis/measurement.ts';
import { randomFrom, type Random } from './random.ts';

/** One arm at one second. */
export interface ArmState {
  readonly requestsPerSecond: number;
  readonly errorRate: number;
  /** Multiplies every latency. */
  readonly slowness: number;
  /** Slows only the slowest part of the answers. */
  readonly tail?: { readonly share: number; readonly factor: number };
  /** A part of the requests that fares otherwise: a sick pod, a customer with data of his own. */
  readonly part?: { readonly share: number; readonly errorRate: number; readonly slowness: number };
  /** Failures come in clumps of this mean size: a call that fails is tried again, and fails again. */
  readonly clump?: number;
}

/** Disturbances of one run: shared load, and each arm's own drift as standard AR(1) processes. */
export interface Noise {
  readonly load: number;
  readonly candidate: number;
  readonly control: number;
  readonly baseline: number;
  /** Seconds at which shared disturbances begin: four in the first hour. */
  readonly bursts: readonly number[];
  /** Uniform in [0, 1), once per run. */
  readonly luck: number;
}

/** What a scenario makes of both arms at second `second`. */
export type Scenario = (second: number, noise: Noise) => { candidate: ArmState; control: ArmState };

/** An endless trace of one-second ticks. */
export function* traceOf(scenario: Scenario, seed: number): Generator<Tick, never> {
  const random = randomFrom(seed);
  const candidate = new ArmCounts();
  const control = new ArmCounts();
  let noise = firstNoise(random);
  for (let second = 0; ; second += 1) {
    noise = nextNoise(noise, random);
    const arms = scenario(second, noise);
    candidate.clear();
    control.clear();
    drawSecond(candidate, arms.candidate, random);
    drawSecond(control, arms.control, random);
    yield { ms: 1_000, candidate: candidate.counters(), control: control.counters() };
  }
}

/** The disturbances at the start of a run, drawn from their long-run distribution. */
export function firstNoise(random: Random): Noise {
  return {
    load: random.normal(),
    candidate: random.normal(),
    control: random.normal(),
    baseline: random.normal(),
    bursts: Array.from({ length: 4 }, () => Math.floor(random.next() * 3_600)),
    luck: random.next(),
  };
}

/** The disturbances one second later. */
export function nextNoise(noise: Noise, random: Random): Noise {
  return {
    load: autoregressive(noise.load, 0.95, random),
    candidate: autoregressive(noise.candidate, 0.99, random),
    control: autoregressive(noise.control, 0.99, random),
    baseline: autoregressive(noise.baseline, 0.99, random),
    bursts: noise.bursts,
    luck: noise.luck,
  };
}

function autoregressive(value: number, memory: number, random: Random): number {
  return memory * value + Math.sqrt(1 - memory ** 2) * random.normal();
}

/** The lowest bucket kept, and how many: from 0.06 ms to three days. */
export const LOWEST_BUCKET = -128;
export const BUCKETS = 1_024;

/** Counts of one arm over some time, by bucket: `buckets[i]` belongs to bucket `LOWEST_BUCKET + i`. */
export class ArmCounts {
  requests = 0;
  errors = 0;
  readonly buckets = new Uint32Array(BUCKETS);
  /** Places from `low` to `high` may hold something. */
  low = BUCKETS;
  high = -1;

  clear(): void {
    if (this.high >= this.low) this.buckets.fill(0, this.low, this.high + 1);
    this.requests = 0;
    this.errors = 0;
    this.low = BUCKETS;
    this.high = -1;
  }

  /** One answer in `bucket`. */
  count(bucket: number): void {
    const place = placeOf(bucket);
    this.buckets[place]! += 1;
    if (place < this.low) this.low = place;
    if (place > this.high) this.high = place;
    this.requests += 1;
  }

  add(other: ArmCounts): void {
    this.requests += other.requests;
    this.errors += other.errors;
    for (let place = other.low; place <= other.high; place += 1)
      this.buckets[place]! += other.buckets[place]!;
    this.low = Math.min(this.low, other.low);
    this.high = Math.max(this.high, other.high);
  }

  /** Takes away what was added before. */
  remove(other: ArmCounts): void {
    this.requests -= other.requests;
    this.errors -= other.errors;
    for (let place = other.low; place <= other.high; place += 1)
      this.buckets[place]! -= other.buckets[place]!;
  }

  counters(): TrackCounters {
    const latency: [number, number][] = [];
    for (let place = this.low; place <= this.high; place += 1) {
      const count = this.buckets[place]!;
      if (count > 0) latency.push([place + LOWEST_BUCKET, count]);
    }
    return { requests: this.requests, errors: this.errors, latency: latency };
  }
}

function placeOf(bucket: number): number {
  const place = bucket - LOWEST_BUCKET;
  return place < 0 ? 0 : place >= BUCKETS ? BUCKETS - 1 : place;
}

const MEDIAN_MS = 80;
const SIGMA = 0.55;
/** Latencies are drawn from this many quantiles of the log-normal distribution. */
const QUANTILES = 65_536;
/** The position on the bucket axis of each quantile at slowness 1. */
let positions: Float64Array | undefined;

/** Draws one second's requests of an arm and adds them. */
export function drawSecond(counts: ArmCounts, arm: ArmState, random: Random): void {
  const requests = random.poisson(arm.requestsPerSecond);
  const { part, tail } = arm;
  const apart = part === undefined ? 0 : random.binomial(requests, part.share);
  const shift = bucketsIn(arm.slowness);
  drawLatencies(counts, { requests: requests - apart, shift, tail }, random);
  counts.errors += failures(requests - apart, arm, random);
  if (part === undefined || apart === 0) return;
  drawLatencies(counts, { requests: apart, shift: shift + bucketsIn(part.slowness), tail }, random);
  counts.errors += random.binomial(apart, part.errorRate);
}

/** A factor as a distance on the bucket axis. */
export function bucketsIn(factor: number): number {
  return factor === 1 ? 0 : Math.log2(factor) * BUCKETS_PER_DOUBLING;
}

interface Draw {
  readonly requests: number;
  readonly shift: number;
  readonly tail: ArmState['tail'];
}

function drawLatencies(counts: ArmCounts, { requests, shift, tail }: Draw, random: Random): void {
  positions ??= Float64Array.from({ length: QUANTILES }, (_, i) => positionOf((i + 0.5) / QUANTILES));
  const tailFrom = tail === undefined ? QUANTILES : Math.round((1 - tail.share) * QUANTILES);
  const tailShift = shift + bucketsIn(tail?.factor ?? 1);
  const { buckets } = counts;
  let { low, high } = counts;
  for (let request = 0; request < requests; request += 1) {
    const quantile = (random.next() * QUANTILES) | 0;
    const bucket = Math.ceil(positions[quantile]! + (quantile >= tailFrom ? tailShift : shift));
    const place = placeOf(bucket);
    buckets[place]! += 1;
    if (place < low) low = place;
    if (place > high) high = place;
  }
  counts.requests += requests;
  counts.low = low;
  counts.high = high;
}

function positionOf(q: number): number {
  return Math.log2(MEDIAN_MS * Math.exp(SIGMA * normalQuantile(q))) * BUCKETS_PER_DOUBLING;
}

function failures(requests: number, { errorRate, clump = 1 }: ArmState, random: Random): number {
  const calls = random.binomial(requests, errorRate / clump);
  if (clump === 1) return calls;
  let failed = calls;
  for (let call = 0; call < calls; call += 1) while (random.next() < 1 - 1 / clump) failed += 1;
  return Math.min(failed, requests);
}

/** A rational approximation of the normal quantile (Abramowitz and Stegun 26.2.23), good to 5e-4. */
function normalQuantile(p: number): number {
  if (p < 0.5) return -normalQuantile(1 - p);
  const t = Math.sqrt(-2 * Math.log(1 - p));
  const above = 2.515517 + 0.802853 * t + 0.010328 * t * t;
  return t - above / (1 + 1.432788 * t + 0.189269 * t * t + 0.001308 * t ** 3);
}
