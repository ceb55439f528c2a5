import { isJsonObject } from '../base/json.ts';
import type { Analysis, Check } from '../rollout/model.ts';
import { combined } from './combination.ts';
import { judgedCheck } from './judges/table.ts';
import type { Judgement } from './judgement.ts';
import { NO_REQUESTS, type Tick } from './measurement.ts';

/** The running sums of every check: JSON, a few kilobytes, enough to go on after a crash. */
export interface Evidence {
  /** By the check's name; what is in it is its judge's own. */
  readonly checks: Readonly<Record<string, unknown>>;
  readonly progress: Progress;
}

/** How far the release has come, for all checks together. */
interface Progress {
  readonly plannedSteps: number;
  /** Time since the candidate's first request, counted until the warm-up is over. */
  readonly warmedMs: number;
  /** Requests counted in this step. */
  readonly candidateRequests: number;
  readonly controlRequests: number;
}

/** Evidence of a release that nothing judges. */
export const NO_EVIDENCE: Evidence = {
  checks: {},
  progress: { plannedSteps: 1, warmedMs: 0, candidateRequests: 0, controlRequests: 0 },
};

/** Evidence before the first tick of a release with `analysedSteps` steps that analyse. */
export function startEvidence(analysis: Analysis, analysedSteps: number): Evidence {
  const progress = { ...NO_EVIDENCE.progress, plannedSteps: Math.max(1, analysedSteps) };
  return eachState(analysis, { checks: {}, progress }, (_check, state) => state);
}

/** A new step begins: evidence of safety starts anew, evidence of harm goes on. */
export function beginStep(analysis: Analysis, evidence: Evidence): Evidence {
  const progress = { ...evidence.progress, candidateRequests: 0, controlRequests: 0 };
  return eachState(analysis, { ...evidence, progress }, (check, state) =>
    judgedCheck(check).beginStep(state),
  );
}

/**
 * Adds one tick. Pure and deterministic. Until the warm-up is over the candidate's requests do not count; the
 * control's do, since bets are made from them.
 */
export function addTick(analysis: Analysis, evidence: Evidence, tick: Tick): Evidence {
  const { progress } = evidence;
  const isWarm = progress.warmedMs >= analysis.warmUpMs;
  const counted = isWarm ? tick : { ...tick, candidate: NO_REQUESTS };
  const isWarming = !isWarm && (progress.warmedMs > 0 || tick.candidate.requests > 0);
  const next: Progress = {
    ...progress,
    warmedMs: progress.warmedMs + (isWarming ? tick.ms : 0),
    candidateRequests: progress.candidateRequests + counted.candidate.requests,
    controlRequests: progress.controlRequests + counted.control.requests,
  };
  return eachState(analysis, { ...evidence, progress: next }, (check, state) =>
    judgedCheck(check).add(state, counted),
  );
}

/** What the evidence says. */
export function judge(analysis: Analysis, evidence: Evidence): Judgement {
  const parts = analysis.checks.map((check) => {
    const share = shareOfPromise(analysis, check);
    const judgement = judgedCheck(check).judgement(stateOf(check, evidence), share * analysis.falseAlarms);
    return { judgement, share };
  });
  return combined(parts, analysis.falseAlarms);
}

/** A check's part of the promised rate of false alarms, which covers the sequential checks by weight. */
function shareOfPromise({ checks }: Analysis, check: Check): number {
  const promised = checks.filter(({ judge: { kind } }) => kind === 'sequential');
  if (!promised.includes(check)) return 0;
  return check.weight / promised.reduce((sum, { weight }) => sum + weight, 0);
}

/** True when both tracks had a counted request in this step: without, a step's silence means nothing. */
export function hasData({ progress }: Evidence): boolean {
  return progress.candidateRequests > 0 && progress.controlRequests > 0;
}

function eachState(
  analysis: Analysis,
  evidence: Evidence,
  change: (check: Check, state: unknown) => unknown,
): Evidence {
  const entries = analysis.checks.map((check) => [
    check.name,
    { settings: settingsOf(check), state: change(check, stateOf(check, evidence)) },
  ]);
  return { ...evidence, checks: Object.fromEntries(entries) as Record<string, unknown> };
}

/** Starts anew when nothing was kept, or when it was gathered for other settings: a spec may be edited on the way. */
function stateOf(check: Check, { checks, progress }: Evidence): unknown {
  const kept = checks[check.name];
  const isUsable = isJsonObject(kept) && kept['settings'] === settingsOf(check);
  return isUsable ? kept['state'] : judgedCheck(check).start(progress.plannedSteps);
}

/** Changes when the states of an earlier version can no longer be read. */
const SCHEME = 1;

function settingsOf({ metric, judge: settings, floor }: Check): string {
  return JSON.stringify([SCHEME, metric, settings, floor ?? null]);
}
