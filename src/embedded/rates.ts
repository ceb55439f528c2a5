import { countersBetween, NO_REQUESTS, quantileOf, type TrackCounters } from '../analysis/measurement.ts';
import type { RateView } from '../api/resources.ts';
import type { Reading, Series } from '../engine/status.ts';

/** Rates are over this long. */
const WINDOW_MS = 5_000;

/** The readings of one Rollout's last seconds, for display. */
export class RecentReadings {
  #readings: readonly Reading[] = [];

  /** Adds a reading; those of an earlier epoch or before the window are forgotten. */
  add(reading: Reading): void {
    const recent = this.#readings.filter(
      (one) => one.epoch === reading.epoch && one.at >= reading.at - WINDOW_MS && one.at < reading.at,
    );
    this.#readings = [...recent, reading];
  }

  /** What each track served in the window, as far as it was seen; of revisions in a role that `isCurrent`. */
  rates(isCurrent: (series: Series) => boolean): readonly RateView[] {
    const first = this.#readings[0];
    const last = this.#readings.at(-1);
    if (first === undefined || last === undefined || last.at <= first.at) return [];
    const overMs = last.at - first.at;
    return last.series.filter(isCurrent).flatMap((series) => {
      const counted = countersBetween(before(first, series), series.counters);
      return counted === undefined || counted.requests === 0 ? [] : [rateOf(series, counted, overMs)];
    });
  }
}

function before(reading: Reading, { track, revision }: Series): TrackCounters {
  const series = reading.series.find((one) => one.track === track && one.revision === revision);
  return series?.counters ?? NO_REQUESTS;
}

function rateOf(series: Series, counted: TrackCounters, overMs: number): RateView {
  const p50Ms = quantileOf(counted.latency, 0.5);
  const p99Ms = quantileOf(counted.latency, 0.99);
  return {
    track: series.track,
    overMs,
    requestsPerSecond: (counted.requests * 1_000) / overMs,
    errorRatio: counted.errors / counted.requests,
    ...(p50Ms === undefined ? {} : { p50Ms }),
    ...(p99Ms === undefined ? {} : { p99Ms }),
  };
}
