/** A histogram of a source: classic buckets or a native one. Of latency it is in seconds, of size in bytes. */
export interface HistogramQuery {
  readonly source: string;
  readonly query: string;
  /** The query for what the candidate is compared with; absent: the same. */
  readonly control?: string;
  /** Set: latency in this unit. */
  readonly unit?: 'milliseconds';
}

/** What a router counts of requests, by a source. */
export interface RequestQueries extends FailureCounters {
  readonly source: string;
  /** The counters for what the candidate is compared with; absent: the same. */
  readonly control?: FailureCounters;
}

/** Queries of two counters: of requests that failed, and of all. */
export interface FailureCounters {
  readonly bad: string;
  readonly all: string;
}

/** Two counters of a source, the first of what the second counts all of. */
export interface CounterQueries extends FailureCounters {
  readonly source: string;
}
