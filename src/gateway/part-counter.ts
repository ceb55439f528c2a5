import { bucketOf } from '../analysis/measurement.ts';
import type { CounterDelta, GatewayPart } from './protocol.ts';

/** The lowest bucket is that of a microsecond, the highest that of a day. */
const LOWEST = bucketOf(0);
const BUCKETS = bucketOf(86_400_000) - LOWEST + 1;

/** Indices of CODE_CLASSES. */
const SERVER_ERROR = 3;
const GONE = 4;

/** Counts the requests of one part in one worker. Recording allocates nothing. */
export class PartCounter {
  /** Requests being served now. */
  active = 0;
  readonly #who: Pick<CounterDelta, 'rollout' | 'track' | 'revision'>;
  readonly #buckets = new Uint32Array(BUCKETS);
  readonly #codes = [0, 0, 0, 0, 0];
  #requests = 0;
  #errors = 0;
  #latencySumMs = 0;
  #connectFailures = 0;
  #reportedActive = 0;

  constructor(rollout: string, part: Pick<GatewayPart, 'track' | 'revision'>) {
    this.#who = { rollout, track: part.track, revision: part.revision };
  }

  /** One answered request; an answer of 5xx is an error, also when the gateway gave it for the workload. */
  answered(status: number, ms: number): void {
    this.#record(Math.min(Math.floor(status / 100) - 2, SERVER_ERROR), ms);
    if (status >= 500) this.#errors += 1;
  }

  /** A request whose answer the workload broke off after its status was sent. */
  brokenOff(ms: number): void {
    this.#record(SERVER_ERROR, ms);
    this.#errors += 1;
  }

  /** A request whose client went away; its time is a lower bound of what the answer would have taken. */
  abandoned(ms: number): void {
    this.#record(GONE, ms);
  }

  /** An attempt that found nobody listening. */
  connectFailed(): void {
    this.#connectFailures += 1;
  }

  /** What happened since the last call; undefined when nothing did. */
  takeDelta(): CounterDelta | undefined {
    if (this.#requests === 0 && this.#connectFailures === 0 && this.active === this.#reportedActive)
      return undefined;
    const delta: CounterDelta = {
      ...this.#who,
      requests: this.#requests,
      errors: this.#errors,
      codes: [...this.#codes],
      latency: this.#takeBuckets(),
      latencySumMs: this.#latencySumMs,
      connectFailures: this.#connectFailures,
      active: this.active,
    };
    this.#codes.fill(0);
    this.#requests = this.#errors = this.#latencySumMs = this.#connectFailures = 0;
    this.#reportedActive = this.active;
    return delta;
  }

  #record(code: number, ms: number): void {
    this.#requests += 1;
    this.#codes[code] = (this.#codes[code] ?? 0) + 1;
    this.#latencySumMs += ms;
    const bucket = Math.min(bucketOf(ms) - LOWEST, BUCKETS - 1);
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1;
  }

  #takeBuckets(): [number, number][] {
    const taken: [number, number][] = [];
    this.#buckets.forEach((count, i) => {
      if (count > 0) taken.push([i + LOWEST, count]);
    });
    this.#buckets.fill(0);
    return taken;
  }
}
