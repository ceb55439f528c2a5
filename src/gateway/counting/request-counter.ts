import { bucketOf, type TrackCounters } from '../../analysis/measurement.ts';
import { UserScores } from './user-scores.ts';

/** The lowest bucket is that of a microsecond, the highest that of a day. */
const LOWEST = bucketOf(0);
const BUCKETS = bucketOf(86_400_000) - LOWEST + 1;

/** Counts ended requests and their users. Recording allocates nothing but a larger table for more users. */
export class RequestCounter {
  readonly #window: (() => number) | undefined;
  readonly #buckets = new Uint32Array(BUCKETS);
  #users: UserScores | undefined;
  #requests = 0;
  #errors = 0;

  constructor(window?: () => number) {
    this.#window = window;
  }

  /** True when nothing was recorded since the last `take`. */
  get isIdle(): boolean {
    return this.#requests === 0;
  }

  /** One ended request; `user` is the hash of its user's id. */
  record(ms: number, isError: boolean, user: number | undefined): void {
    this.#requests += 1;
    if (isError) this.#errors += 1;
    const bucket = Math.min(bucketOf(ms) - LOWEST, BUCKETS - 1);
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1;
    if (user === undefined) return;
    this.#users ??= new UserScores(this.#window);
    this.#users.score(user, isError);
  }

  /** What was recorded since the last call. */
  take(): TrackCounters {
    const taken = { requests: this.#requests, errors: this.#errors, latency: this.#takeBuckets() };
    this.#requests = this.#errors = 0;
    return this.#users === undefined ? taken : { ...taken, users: this.#users.take() };
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
