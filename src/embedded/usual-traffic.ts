import { countersBetween, NO_REQUESTS, type TrackCounters } from '../analysis/measurement.ts';
import { trafficOf, type Traffic } from '../analysis/power/traffic.ts';
import type { Reading } from '../engine/status.ts';

/** How far back is looked, and how far apart the readings are that are kept for it. */
const WINDOW_MS = 600_000;
const APART_MS = 60_000;

/** What a Rollout was sent in the last ten minutes: from which a plan foresees what its analysis can see. */
export class UsualTraffic {
  #kept: readonly Reading[] = [];
  #newest: Reading | undefined;

  /** Adds a reading; those of an earlier epoch or before the window are forgotten. */
  add(reading: Reading): void {
    const kept = this.#kept.filter(
      ({ epoch, at }) => epoch === reading.epoch && at >= reading.at - WINDOW_MS,
    );
    const isDue = reading.at - (kept.at(-1)?.at ?? -Infinity) >= APART_MS;
    this.#kept = isDue ? [...kept, reading] : kept;
    this.#newest = reading;
  }

  /** Undefined: nothing was sent, as far as it was seen. */
  traffic(): Traffic | undefined {
    const [first] = this.#kept;
    const last = this.#newest;
    if (first === undefined || last === undefined) return undefined;
    const counted = countersBetween(totalOf(first), totalOf(last));
    return counted && trafficOf(counted, last.at - first.at);
  }
}

/** All tracks together, without copies. */
function totalOf({ series }: Reading): TrackCounters {
  const ofUsers = series.filter(({ originals }) => originals === undefined);
  return ofUsers.reduce((sum, { counters }) => added(sum, counters), NO_REQUESTS);
}

function added(sum: TrackCounters, more: TrackCounters): TrackCounters {
  const latency = new Map(sum.latency);
  for (const [index, count] of more.latency) latency.set(index, (latency.get(index) ?? 0) + count);
  return {
    requests: sum.requests + more.requests,
    errors: sum.errors + more.errors,
    latency: [...latency].sort(([a], [b]) => a - b),
  };
}
