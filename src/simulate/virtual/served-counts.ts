import type { LogHistogram, TrackCounters } from '../../analysis/measurement.ts';
import { QUANTILES, type LatencyShape } from '../users/latency-shape.ts';
import type { Random } from '../random.ts';

/** The lowest bucket kept, and how many: from 0.06 ms to three days. */
const LOWEST = -128;
const BUCKETS = 1_024;

/** Some requests of one kind. */
export interface Answers {
  readonly requests: number;
  readonly failed: number;
  /** Absent: latencies are not known. */
  readonly shape: LatencyShape | undefined;
  /** How far all of them are slowed, in buckets. */
  readonly shift: number;
}

/** What a data plane has counted of one revision in one role, since its epoch. */
export class ServedCounts {
  #requests = 0;
  #errors = 0;
  #assigned: number | undefined;
  #users: TrackCounters['users'];
  readonly #buckets = new Float64Array(BUCKETS);
  /** Places from `#low` to `#high` may hold something. */
  #low = BUCKETS;
  #high = -1;

  add({ requests, failed, shape, shift }: Answers, random: Random): void {
    this.#requests += requests;
    this.#errors += failed;
    if (shape === undefined) return;
    if (requests > QUANTILES) this.#addMany(requests, { shape, shift }, random);
    else this.#addEach(requests, { shape, shift }, random);
  }

  /** Whoever was drawn by weight: requests, or users where they are told apart. */
  assign(count: number): void {
    this.#assigned = (this.#assigned ?? 0) + count;
  }

  /** Users who sent some of the requests, and those of them who met with a failed one. */
  see(seen: number, failed: number): void {
    const before = this.#users ?? { seen: 0, failed: 0 };
    this.#users = { seen: before.seen + seen, failed: before.failed + failed };
  }

  counters(): TrackCounters {
    return {
      requests: this.#requests,
      errors: this.#errors,
      latency: this.#latency(),
      ...(this.#assigned === undefined ? {} : { assigned: this.#assigned }),
      ...(this.#users === undefined ? {} : { users: this.#users }),
    };
  }

  #addEach(requests: number, { shape, shift }: Drawn, random: Random): void {
    for (let request = 0; request < requests; request += 1) {
      const quantile = (random.fraction() * QUANTILES) | 0;
      this.#count(Math.ceil((shape[quantile] ?? 0) + shift), 1);
    }
  }

  /** Bucket by bucket, each given those before it. */
  #addMany(requests: number, { shape, shift }: Drawn, random: Random): void {
    let left = requests;
    let quantile = 0;
    while (quantile < QUANTILES && left > 0) {
      const bucket = Math.ceil((shape[quantile] ?? 0) + shift);
      const first = quantile;
      while (quantile < QUANTILES && Math.ceil((shape[quantile] ?? 0) + shift) === bucket) quantile += 1;
      const count = random.binomial(left, (quantile - first) / (QUANTILES - first));
      this.#count(bucket, count);
      left -= count;
    }
  }

  #count(bucket: number, count: number): void {
    const place = Math.min(BUCKETS - 1, Math.max(0, bucket - LOWEST));
    this.#buckets[place] = (this.#buckets[place] ?? 0) + count;
    if (place < this.#low) this.#low = place;
    if (place > this.#high) this.#high = place;
  }

  #latency(): LogHistogram {
    const latency: [number, number][] = [];
    for (let place = this.#low; place <= this.#high; place += 1) {
      const count = this.#buckets[place] ?? 0;
      if (count > 0) latency.push([place + LOWEST, count]);
    }
    return latency;
  }
}

interface Drawn {
  readonly shape: LatencyShape;
  readonly shift: number;
}
