import { bucketOf, type LogHistogram, type Tick, type TrackCounters } from '../src/analysis/measurement.ts';
import { randomFrom, type Random } from './random.ts';

/** One arm at one second. */
export interface ArmState {
  readonly requestsPerSecond: number;
  readonly errorRate: number;
  /** Multiplies every latency. */
  readonly slowness: number;
  /** Slows only the slowest part of the answers. */
  readonly tail?: { readonly share: number; readonly factor: number };
}

/** What a scenario makes of both arms at second `second`. */
export type Scenario = (second: number, noise: Noise) => { candidate: ArmState; control: ArmState };

/** Disturbances of one run: shared load, and each arm's own drift as standard AR(1) processes. */
export interface Noise {
  readonly load: number;
  readonly candidate: number;
  readonly control: number;
  /** Seconds at which shared disturbances begin. */
  readonly bursts: readonly number[];
}

const MEDIAN_MS = 80;
const SIGMA = 0.55;

/** An endless trace of one-second ticks. */
export function* traceOf(scenario: Scenario, seed: number): Generator<Tick, never> {
  const random = randomFrom(seed);
  // Four in a quarter of an hour.
  const bursts = [0, 1, 2, 3].map(() => Math.floor(random.next() * 900));
  let noise: Noise = { load: random.normal(), candidate: random.normal(), control: random.normal(), bursts };
  for (let second = 0; ; second += 1) {
    noise = {
      bursts,
      load: autoregressive(noise.load, 0.95, random),
      candidate: autoregressive(noise.candidate, 0.99, random),
      control: autoregressive(noise.control, 0.99, random),
    };
    const arms = scenario(second, noise);
    yield {
      ms: 1000,
      candidate: countersOf(arms.candidate, random),
      control: countersOf(arms.control, random),
    };
  }
}

function autoregressive(value: number, memory: number, random: Random): number {
  return memory * value + Math.sqrt(1 - memory ** 2) * random.normal();
}

function countersOf(arm: ArmState, random: Random): TrackCounters {
  const requests = random.poisson(arm.requestsPerSecond);
  const buckets = new Map<number, number>();
  for (let request = 0; request < requests; request += 1) {
    const bucket = bucketOf(latencyOf(arm, random));
    buckets.set(bucket, (buckets.get(bucket) ?? 0) + 1);
  }
  const latency: LogHistogram = [...buckets].sort(([a], [b]) => a - b);
  return { requests, errors: random.binomial(requests, arm.errorRate), latency };
}

function latencyOf({ slowness, tail }: ArmState, random: Random): number {
  const normal = random.normal();
  const isTail = tail !== undefined && normal > normalQuantile(1 - tail.share);
  return MEDIAN_MS * slowness * (isTail ? tail.factor : 1) * Math.exp(SIGMA * normal);
}

/** A rational approximation for the upper half (Abramowitz and Stegun 26.2.23), good to 5e-4. */
function normalQuantile(p: number): number {
  const t = Math.sqrt(-2 * Math.log(1 - p));
  return (
    t -
    (2.515517 + 0.802853 * t + 0.010328 * t * t) / (1 + 1.432788 * t + 0.189269 * t * t + 0.001308 * t ** 3)
  );
}
