import { addTick, judge, startEvidence, type Evidence } from '../analysis/evidence.ts';
import { NO_REQUESTS, type Tick } from '../analysis/measurement.ts';
import type { Analysis } from '../rollout/model.ts';
import { isMirrored } from '../strategy/capacity.ts';
import { takesTime, type Plan } from '../strategy/plan.ts';
import type { CountedTick } from './decision.ts';
import { routeOf } from './desired.ts';
import { withConversions } from './experiment.ts';
import { stepOf, type ReleaseLook } from './look.ts';
import { isClosed } from './maintenance.ts';
import { isServed } from './observation.ts';
import type { Reading, ReleaseState } from './status.ts';
import { relevantPart, withLast } from './reading.ts';
import { tickBetween, whatIsMissing } from './tick.ts';

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
  const { release, seen } = look;
  if (seen.reading === undefined) return { release: withCounting(release, undefined) };
  const reading = relevantPart(seen.reading, release);
  const tick = tickBetween(look, reading);
  const counting = isCounting(look);
  const isEvidence = tick !== undefined && counting && release.counting;
  const since = counting ? sinceWhen(release, reading) : undefined;
  const missing = isEvidence ? whatIsMissing(look, tick) : undefined;
  const isMeasured = isEvidence && missing === undefined;
  const seenByNow: ReleaseState = {
    ...withCounting(release, since),
    ...(missing === undefined ? {} : { missing }),
    reading: withLast(reading, release.reading),
    ...differencesIn(seen.reading),
    ...(isMeasured ? withMeasured(release, tick) : {}),
    served: servedWith(release, tick),
  };
  if (!isEvidence) return { release: withConversions(seenByNow, reading, undefined) };
  const next = withConversions(seenByNow, reading, tick);
  return judged({ ...look, release: next }, reading.at, tick);
}

/** More examples help nobody. */
const DIFFERENCES_KEPT = 20;

function differencesIn({ differences = [] }: Reading): Pick<ReleaseState, 'differences'> {
  return differences.length === 0 ? {} : { differences: differences.slice(0, DIFFERENCES_KEPT) };
}

/** A pause takes no time off a step. */
function withMeasured(
  { paused, measuredMs, measuredRequests = 0 }: ReleaseState,
  { ms, candidate }: Tick,
): Pick<ReleaseState, 'measuredMs' | 'measuredRequests'> {
  return {
    measuredMs: measuredMs + (paused ? 0 : Math.min(ms, LONGEST_TICK_MS)),
    measuredRequests: measuredRequests + candidate.requests,
  };
}

function judged({ release, rollout }: ReleaseLook, at: number, tick: Tick): Counted {
  const { analysis } = rollout;
  if (analysis === undefined || analysis.checks.length === 0) return { release };
  const evidence = addTick(analysis, release.evidence ?? freshEvidence(analysis, release.plan), tick);
  const judgement = judge(analysis, evidence);
  return {
    release: { ...release, evidence, judgement },
    tick: { release: release.number, step: release.step, at, tick, judgement },
  };
}

function sinceWhen({ counting, countingSince }: ReleaseState, { at }: Reading): number {
  return counting ? (countingSince ?? at) : at;
}

function withCounting(
  { countingSince: _since, missing: _missing, ...release }: ReleaseState,
  since: number | undefined,
): ReleaseState {
  return {
    ...release,
    counting: since !== undefined,
    ...(since === undefined ? {} : { countingSince: since }),
  };
}

function isCounting(look: ReleaseLook): boolean {
  const { release, seen, rollout } = look;
  if (release.direction.kind === 'back' || release.stage !== 'wait' || isClosed(look)) return false;
  const step = stepOf(release);
  const route = rollout.traffic === undefined ? undefined : routeOf(release, step);
  return takesTime(step) && isServed(seen, route);
}

/** Evidence before the first tick; every step that takes time is one in which harm may begin to show. */
export function freshEvidence(analysis: Analysis, plan: Plan): Evidence {
  return startEvidence(analysis, plan.steps.filter(takesTime).length);
}

/** Copies are nobody's requests. */
function servedWith(release: ReleaseState, tick: Tick | undefined): ReleaseState['served'] {
  if (tick === undefined || isMirrored(stepOf(release))) return release.served;
  const { requests, errors } = release.served;
  const { candidate, matched = NO_REQUESTS } = tick;
  return {
    requests: requests + candidate.requests + matched.requests,
    errors: errors + candidate.errors + matched.errors,
  };
}
