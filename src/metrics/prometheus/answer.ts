import type { LogHistogram } from '../../analysis/measurement.ts';

/** What tells one series from another. */
export type Labels = Readonly<Record<string, string>>;

/** A number at a moment, in milliseconds since 1970 on the source's clock. */
export interface NumberSample {
  readonly atMs: number;
  readonly value: number;
}

/** A histogram at a moment, in milliseconds since 1970 on the source's clock. */
export interface HistogramSample {
  readonly atMs: number;
  readonly histogram: SourceHistogram;
}

/** What a series says at a moment. */
export type SourceSample = NumberSample | HistogramSample;

/** One series of an answer and what it says now. */
export type SourceSeries = { readonly labels: Labels } & SourceSample;

/** One series of an answer over time, its samples ascending. */
export interface SampledSeries {
  readonly labels: Labels;
  readonly samples: readonly SourceSample[];
}

/**
 * A histogram in the unit of its query: seconds where the metric is in seconds. `inMilliseconds` and `inUnits`
 * make it one the judges take.
 */
export interface SourceHistogram {
  readonly count: number;
  /** Absent when it was made of classic buckets, which do not say. */
  readonly sum?: number;
  /** Values from minus to plus `zeroBound`, which the source does not tell apart. */
  readonly zero: number;
  readonly zeroBound: number;
  /** Values below that; their sizes are not kept. */
  readonly negative: number;
  /** Our own layout over the unit of the query: every value counts at the upper bound of its bucket. */
  readonly buckets: LogHistogram;
  /** How many of our buckets one of the source's covers, where these are regular; 1 where they are not. */
  readonly width: number;
  /** The largest factor between the bounds of a bucket with values in it: no smaller shift can be told. */
  readonly growth: number;
}

/** Series that were found, in the source's order. */
export interface SeriesFound<Series> {
  readonly kind: 'series';
  readonly series: readonly Series[];
  /** The moment the query was evaluated for, on the source's clock. */
  readonly evaluatedMs: number;
  /** What the source remarked about the query. */
  readonly warnings: readonly string[];
}

/** Nothing now, and nothing lately. */
export interface NothingFound {
  readonly kind: 'empty';
  readonly evaluatedMs: number;
}

/** Nothing now, but there was something within the last hour. */
export interface WentStale {
  readonly kind: 'stale';
  readonly evaluatedMs: number;
  /** The last moment at which there was something, at most a minute too early. */
  readonly lastSeenMs: number;
}

/** No answer. */
export interface AskingFailed {
  readonly kind: 'failed';
  /** `query`: it is wrong and stays so until somebody changes it. `source`: it may be answered another time. */
  readonly fault: 'query' | 'source';
  readonly reason: string;
  /** What to do about it. */
  readonly hint?: string;
}

/** What a query says now. */
export type QueryAnswer = SeriesFound<SourceSeries> | NothingFound | WentStale | AskingFailed;

/** What a query said over a stretch of time. */
export type RangeAnswer = SeriesFound<SampledSeries> | NothingFound | AskingFailed;

/** A counter, and the moment from which its samples are wanted. */
export interface SamplesQuery {
  readonly query: string;
  /** Milliseconds since 1970 on the source's clock, as `neededSince` says; absent: five minutes ago. */
  readonly sinceMs?: number;
}

/** The answer holds every sample from here to `evaluatedMs`. */
interface Covered {
  readonly fromMs: number;
}

/** What was scraped of a counter. */
export interface SamplesFound extends SeriesFound<SampledSeries>, Covered {
  /** True: samples as they were scraped. False: the value of an expression, computed just now. */
  readonly scraped: boolean;
}

/** The samples of a counter, or why there are none. */
export type SamplesAnswer = SamplesFound | (NothingFound & Covered) | AskingFailed;

/** A stretch of time in which a query is evaluated every `stepMs`. Milliseconds since 1970, both ends included. */
export interface Span {
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
}

/** Where metrics come from, besides our gateway. A query that fails is an answer; only being aborted rejects. */
export interface MetricSource {
  /** What many queries say at one moment, each on its own: one that fails does not fail the others. */
  instant(queries: readonly string[], signal: AbortSignal): Promise<readonly QueryAnswer[]>;
  /** What was scraped of many counters, for `countSamples`; sees every scrape and every reset between two calls. */
  samples(queries: readonly SamplesQuery[], signal: AbortSignal): Promise<readonly SamplesAnswer[]>;
  /** What one query said over a stretch of time. */
  range(query: string, span: Span, signal: AbortSignal): Promise<RangeAnswer>;
  /** Closes connections; the source is not to be asked again. */
  close(): Promise<void>;
}
