import { countersBetween, type TrackCounters } from '../analysis/measurement.ts';
import {
  addStanding,
  isStandingFor,
  runOf,
  standingChecks,
  startStanding,
  type HalvesTick,
  type Standing,
} from '../analysis/standing.ts';
import { contradiction, standingReport } from '../analysis/standing-report.ts';
import type { Analysis, Rollout } from '../rollout/model.ts';
import { compilePlan } from '../strategy/compile.ts';
import type { Desired } from './decision.ts';
import type { Look } from './look.ts';
import { isClosed } from './maintenance.ts';
import type { Observation, Route } from './observation.ts';

/** What is remembered of stable's comparison with itself. */
export interface StandingState {
  readonly standing: Standing;
  /** The last reading of the run under way; the next tick is the difference to it. */
  readonly reading?: HalvesReading;
}

/** Cumulative counters of both halves at one moment. */
interface HalvesReading {
  readonly epoch: string;
  readonly at: number;
  readonly a: TrackCounters;
  readonly b: TrackCounters;
}

/** A run lasts as long as the checks of a release may, but no longer than this. */
const LONGEST_RUN_MS = 3_600_000;
/** A run when no step of the plan analyses. */
const USUAL_RUN_MS = 600_000;
/** Two readings further apart have something between them: a release, a time without controller. */
const LONGEST_TICK_MS = 60_000;
/** While nobody asks anything, the reading is brought up to date this often only. */
const QUIET_MS = 30_000;

/**
 * The comparison after a look at rest; undefined when there is to be none. A run goes on over releases and restarts
 * of the gateway, without what happened meanwhile; when the checks are judged otherwise, all starts anew.
 */
export function standingAtRest(look: Look, before: StandingState | undefined): StandingState | undefined {
  const analysis = analysisAtRest(look);
  if (analysis === undefined) return undefined;
  if (before === undefined || !isStandingFor(analysis, before.standing))
    return { standing: startStanding(analysis, look.now) };
  // Nobody is served: that time is no part of a run.
  if (isClosed(look)) return { standing: before.standing };
  const reading = readingOf(look, before.standing);
  if (reading === undefined) return before;
  const tick = tickBetween(before.reading, reading);
  if (tick === undefined) return { standing: before.standing, reading };
  // What tells nothing is not worth saving at every look.
  if (tick.a.requests + tick.b.requests === 0 && tick.ms < QUIET_MS) return before;
  const standing = addStanding(analysis, before.standing, { tick, runMs: runMsOf(look.rollout) });
  return standing.number === before.standing.number ? { standing, reading } : { standing };
}

/** Absent when stable is not to be compared with itself, or cannot be. */
function analysisAtRest({ rollout, status }: Look): Analysis | undefined {
  const { analysis, traffic } = rollout;
  if (analysis?.standingAA !== true || traffic === undefined || status.stable === undefined) return undefined;
  return standingChecks(analysis).length === 0 ? undefined : analysis;
}

/** The same desired state, with the halves of the run under way counted apart. */
export function withHalves(desired: Desired, state: StandingState | undefined): Desired {
  if (desired.route === undefined || state === undefined) return desired;
  const halves = { salt: runOf(state.standing) };
  const parts = desired.route.parts.map((part) => (part.track === 'stable' ? { ...part, halves } : part));
  return { ...desired, route: { parts } };
}

/** True when the halves that are counted are those of `wanted`; how traffic is divided is another question. */
export function isCountedAs({ route }: Observation, wanted: Route): boolean {
  return route !== undefined && saltsOf(route) === saltsOf(wanted);
}

/** Why the promise of false alarms is known not to hold, with the margin that would; undefined when it may hold. */
export function brokenPromise({ analysis }: Rollout, state: StandingState | undefined): string | undefined {
  if (analysis?.standingAA !== true || state === undefined) return undefined;
  if (!isStandingFor(analysis, state.standing)) return undefined;
  return contradiction(standingReport(analysis, state.standing));
}

/** Only of the run under way: after a run has ended the data plane goes on with its halves for a moment. */
function readingOf({ seen }: Look, standing: Standing): HalvesReading | undefined {
  const { reading } = seen;
  if (reading?.halves === undefined || reading.halves.run !== runOf(standing)) return undefined;
  const { a, b } = reading.halves;
  return { epoch: reading.epoch, at: reading.at, a, b };
}

function tickBetween(before: HalvesReading | undefined, now: HalvesReading): HalvesTick | undefined {
  if (before === undefined || before.epoch !== now.epoch) return undefined;
  const ms = now.at - before.at;
  const a = countersBetween(before.a, now.a);
  const b = countersBetween(before.b, now.b);
  if (ms <= 0 || ms > LONGEST_TICK_MS || a === undefined || b === undefined) return undefined;
  return { ms, a, b };
}

function runMsOf(rollout: Rollout): number {
  const { steps } = compilePlan(rollout, { hasStable: true, direct: false });
  const ms = steps.reduce((sum, { wait }) => sum + (wait.kind === 'analyze' ? wait.atMostMs : 0), 0);
  return ms === 0 ? USUAL_RUN_MS : Math.min(ms, LONGEST_RUN_MS);
}

function saltsOf({ parts }: Route): string {
  return parts.flatMap(({ track, halves }) => (halves === undefined ? [] : `${track} ${halves.salt}`)).join();
}
