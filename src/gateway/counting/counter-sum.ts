import type { TrackCounters } from '../../analysis/measurement.ts';

/** The sum of what workers have counted. */
export class CounterSum {
  readonly #latency = new Map<number, number>();
  #requests = 0;
  #errors = 0;
  #assigned: number | undefined;
  #users: { seen: number; failed: number } | undefined;

  /** What is absent was not counted. */
  add({ requests, errors, latency, users, assigned }: TrackCounters): void {
    this.#requests += requests;
    this.#errors += errors;
    if (assigned !== undefined) this.#assigned = (this.#assigned ?? 0) + assigned;
    for (const [bucket, count] of latency) {
      this.#latency.set(bucket, (this.#latency.get(bucket) ?? 0) + count);
    }
    if (users === undefined) return;
    this.#users ??= { seen: 0, failed: 0 };
    this.#users.seen += users.seen;
    this.#users.failed += users.failed;
  }

  /** Users and assignments are absent until the first is counted. */
  read(): TrackCounters {
    return {
      requests: this.#requests,
      errors: this.#errors,
      latency: [...this.#latency].sort(([a], [b]) => a - b),
      ...(this.#assigned === undefined ? {} : { assigned: this.#assigned }),
      ...(this.#users === undefined ? {} : { users: { ...this.#users } }),
    };
  }
}
