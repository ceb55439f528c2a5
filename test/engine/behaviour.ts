import { NO_REQUESTS, type TrackCounters } from '../../src/analysis/measurement.ts';
import type { RevisionId } from '../../src/rollout/model.ts';
import { add } from './histogram.ts';

/** How a revision behaves once its processes run. */
export type Behaviour = 'good' | 'slow' | 'erroneous' | 'crashing' | 'neverReady';

/** One process of a revision. */
export interface Process {
  readyInMs: number;
  crashes: number;
}

const BEHAVIOURS: readonly Behaviour[] = ['good', 'slow', 'erroneous', 'crashing', 'neverReady'];

/** Revision `n` always behaves alike, so that a history is replayable from its text. */
export function behaviourOf(revision: RevisionId): Behaviour {
  return BEHAVIOURS[Number(revision.slice(3)) % BEHAVIOURS.length]!;
}

/** Lets a process grow older, in its revision's way. */
export function age(id: RevisionId, process: Process, ms: number): void {
  const behaviour = behaviourOf(id);
  if (behaviour === 'neverReady') {
    // The supervisor reports it as failing once its time to become ready is over.
    process.crashes += ms / 8_000;
    return;
  }
  if (behaviour === 'crashing') process.crashes += ms / 1_000;
  else process.readyInMs -= ms;
}

/** So many requests are of every match. */
export const AUDIENCE_PER_SECOND = 10;

/** What a revision has served after so many requests more. */
export function servedBy(id: RevisionId, before: TrackCounters = NO_REQUESTS, count: number): TrackCounters {
  const isBad = behaviourOf(id) === 'erroneous';
  const slow = behaviourOf(id) === 'slow' ? 40 : 0;
  return {
    requests: before.requests + count,
    errors: before.errors + (isBad ? Math.ceil(count / 4) : 0),
    latency: add(before.latency, 200 + slow, count),
  };
}
