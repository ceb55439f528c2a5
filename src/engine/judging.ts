import { addTick, judge, startEvidence, type Evidence } from '../analysis/evidence.ts';
import { countersBetween, NO_REQUESTS, type Tick, type TrackCounters } from '../analysis/measurement.ts';
import type { Analysis, RevisionId, Track } from '../rollout/model.ts';
import type { Plan } from '../strategy/plan.ts';
import type { CountedTick } from './decision.ts';
import { routeOf } from './desired.ts';
import { stepOf, type ReleaseLook } from './look.ts';
import { isServed } from './observation.ts';
import type { Reading, ReleaseState } from './status.ts';

/** A tick covers no more of a step than this, whatever the clock of the source says. */
const LONGEST_TICK_MS = 60_000;

/** What a look adds to a release's evidence. */
export interface Counted {
  readonly release: ReleaseState;
  /** The tick, when it counted as evidence. */
  readonly tick?: CountedTick;
}

/**
 * Adds what happened since the last look. Requests served are counted always; they are evidence only when
 * the step's route was confirmed both then and now, so that no tick mixes two steps.
 */
export function countRequests(look: ReleaseLook): Counted {
  const { release, seen, rollout } = look;
  const counting = isCounting(look);
  if (seen.reading === undefined) return { release: { ...release, counting: false } };
  const reading = relevantPart(seen.reading, release);
  const tick = tickBetween(release, reading);
  const isEvidence = tick !== undefined && counting && release.counting;
  const measuredMs =
    release.measuredMs + (isEvidence && !release.paused ? Math.min(tick.ms, LONGEST_TICK_MS) : 0);
  const next: ReleaseState = { ...release, reading, counting, measuredMs, served: servedWith(release, tick) };
  if (!isEvidence || rollout.analysis === undefined || rollout.analysis.checks.length === 0) {
    return { release: next };
  }
  const evidence = addTick(
    rollout.analysis,
    next.evidence ?? freshEvidence(rollout.analysis, release.plan),
    tick,
  );
  const judgement = judge(rollout.analysis, evidence);
  return {
    release: { ...next, evidence, judgement },
    tick: { release: release.number, step: release.step, at: reading.at, tick, judgement },
  };
}

function isCounting(look: ReleaseLook): boolean {
  const { release, seen, rollout } = look;
  if (release.direction.kind === 'back' || release.stage !== 'wait') return false;
  const step = stepOf(release);
  const route = rollout.traffic === undefined ? undefined : routeOf(release, step);
  return step.wait.kind !== 'none' && isServed(seen, route);
}

/** Evidence before the first tick; every step that waits is one in which harm may begin to show. */
export function freshEvidence(analysis: Analysis, plan: Plan): Evidence {
  return startEvidence(analysis, plan.steps.filter((step) => step.wait.kind !== 'none').length);
}

/** Only what this release compares: the data plane remembers more. */
function relevantPart(reading: Reading, release: ReleaseState): Reading {
  const series = reading.series.filter(
    ({ track, revision }) => revision === (track === 'stable' ? release.from : release.to),
  );
  return { epoch: reading.epoch, at: reading.at, series };
}

/** Undefined when there is nothing to compare with: a first reading, a new epoch, a counter that went back. */
function tickBetween(release: ReleaseState, now: Reading): Tick | undefined {
  const before = release.reading;
  if (before === undefined || before.epoch !== now.epoch) return undefined;
  const difference = (track: Track, revision: RevisionId | undefined): TrackCounters | undefined =>
    countersBetween(countersOf(before, track, revision), countersOf(now, track, revision));
  const candidate = difference('canary', release.to);
  const control = difference('stable', release.from);
  if (candidate === undefined || control === undefined) return undefined;
  return { ms: Math.max(0, now.at - before.at), candidate, control };
}

function countersOf(reading: Reading, track: Track, revision: RevisionId | undefined): TrackCounters {
  const series = reading.series.find((one) => one.track === track && one.revision === revision);
  return series?.counters ?? NO_REQUESTS;
}

function servedWith(release: ReleaseState, tick: Tick | undefined): ReleaseState['served'] {
  if (tick === undefined) return release.served;
  const { requests, errors } = release.served;
  return { requests: requests + tick.candidate.requests, errors: errors + tick.candidate.errors };
}
