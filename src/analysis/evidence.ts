import { formatDuration } from '../base/duration.ts';
import { isJsonObject } from '../base/json.ts';
import type { Analysis, Check } from '../rollout/model.ts';
import { addAssignment, beginAssignment, judgeAssignment, type Assignment } from './assignment.ts';
import { combined } from './combination.ts';
import { judgedCheck } from './judges/table.ts';
import type { CheckJudgement, Judgement } from './judgement.ts';
import type { Sample, Tick } from './measurement.ts';
import { isPromised, shareOfPromise } from './promise.ts';
import { amountOf, coveredBy, sampleOf, withoutCandidate } from './sample.ts';
import { trusted, trustedAmount } from './trusted.ts';

/** The running sums of every check: JSON, a few kilobytes, enough to go on after a crash. */
export interface Evidence {
  /** By the check's name. */
  readonly checks: Readonly<Record<string, unknown>>;
  readonly progress: Progress;
  /** How traffic was divided; absent as long as nothing told. */
  readonly assignment?: Assignment;
}

/** What is kept of one check. */
interface Kept {
  /** What the state was gathered for. */
  readonly settings: string;
  /** The judge's own. */
  readonly state: unknown;
  /** The largest log evidence of harm so far: what the anytime p-value is made from. */
  readonly peak: number;
  /** Why the newest sample could not be counted; absent when it was. */
  readonly missing?: string;
}

/** How far the release has come, for all checks together. */
interface Progress {
  readonly plannedSteps: number;
  /** Time since the candidate's first request, counted until the warm-up is over. */
  readonly warmedMs: number;
  /** What was measured of each track in this step, by any check: requests, events' exposures, values. */
  readonly candidate: number;
  readonly control: number;
}

/** Evidence of a release that nothing judges. */
export const NO_EVIDENCE: Evidence = {
  checks: {},
  progress: { plannedSteps: 1, warmedMs: 0, candidate: 0, control: 0 },
};

/** Evidence before the first tick of a release with `analysedSteps` steps that analyse. */
export function startEvidence(analysis: Analysis, analysedSteps: number): Evidence {
  const progress = { ...NO_EVIDENCE.progress, plannedSteps: Math.max(1, analysedSteps) };
  return eachKept(analysis, { checks: {}, progress }, (_check, kept) => kept);
}

/** A new step begins: evidence of safety and of assignment starts anew, evidence of harm goes on. */
export function beginStep(analysis: Analysis, evidence: Evidence): Evidence {
  const progress = { ...evidence.progress, candidate: 0, control: 0 };
  const assignment = beginAssignment(evidence.assignment);
  const begun = { ...evidence, progress, ...(assignment === undefined ? {} : { assignment }) };
  return eachKept(analysis, begun, (check, kept) =>
    withState(check, kept, judgedCheck(check).beginStep(kept.state)),
  );
}

/**
 * Adds one tick. Pure and deterministic. Until the warm-up is over the candidate's requests do not count; the
 * control's do, since bets are made from them. A sample that cannot be is taken for missing.
 */
export function addTick(analysis: Analysis, evidence: Evidence, tick: Tick): Evidence {
  const ms = trustedAmount(tick.ms);
  const samples = samplesOf(analysis, tick);
  const isWarm = evidence.progress.warmedMs >= analysis.warmUpMs;
  const progress = progressed(evidence.progress, ms, { amounts: amountsOf(tick, samples), isWarm });
  const assignment = addAssignment(evidence.assignment, tick);
  const next = { ...evidence, progress, ...(assignment === undefined ? {} : { assignment }) };
  const isWarming = !isWarm && progress.warmedMs > 0;
  return eachKept(analysis, next, (check, kept) => {
    const sample = samples.get(check.name);
    // Who makes no bets has nothing to learn from the control, and would take a warm-up for silence.
    if (sample === undefined || (isWarming && !isPromised(check))) return kept;
    return withSample(check, kept, { ms, sample, isWarm });
  });
}

function samplesOf({ checks }: Analysis, tick: Tick): ReadonlyMap<string, Sample> {
  const samples = new Map<string, Sample>();
  for (const check of checks) {
    const sample = sampleOf(check, tick);
    if (sample === undefined) continue;
    // A gauge may be NaN or infinite where a condition says what that means.
    const isFree = sample.kind === 'gauge' && !isPromised(check);
    samples.set(check.name, isFree ? sample : trusted(sample));
  }
  return samples;
}

interface Amount {
  readonly candidate: number;
  readonly control: number;
}

/** What was measured of both tracks: their requests, and what each check had of them. */
function amountsOf({ candidate, control }: Tick, samples: ReadonlyMap<string, Sample>): readonly Amount[] {
  const requests = { candidate: trustedAmount(candidate.requests), control: trustedAmount(control.requests) };
  return [requests, ...[...samples.values()].map(amountOf)];
}

interface Counting {
  readonly amounts: readonly Amount[];
  readonly isWarm: boolean;
}

function progressed(progress: Progress, ms: number, { amounts, isWarm }: Counting): Progress {
  const candidate = Math.max(0, ...amounts.map((amount) => amount.candidate));
  const control = Math.max(0, ...amounts.map((amount) => amount.control));
  const isWarming = !isWarm && (progress.warmedMs > 0 || candidate > 0);
  return {
    ...progress,
    warmedMs: progress.warmedMs + (isWarming ? ms : 0),
    candidate: progress.candidate + (isWarm ? candidate : 0),
    control: progress.control + control,
  };
}

function withSample(
  check: Check,
  kept: Kept,
  { ms, sample, isWarm }: { readonly ms: number; readonly sample: Sample; readonly isWarm: boolean },
): Kept {
  const { missing: _, ...rest } = kept;
  const coveredMs = trustedAmount(coveredBy(sample, ms));
  const state = judgedCheck(check).add(kept.state, coveredMs, isWarm ? sample : withoutCandidate(sample));
  const next = sample.kind === 'missing' ? { ...rest, missing: sample.reason } : rest;
  return withState(check, next, state);
}

function withState(check: Check, kept: Kept, state: unknown): Kept {
  const logHarm = judgedCheck(check).logHarm(state) ?? 0;
  return { ...kept, state, peak: Math.max(kept.peak, logHarm) };
}

/** What the evidence says. */
export function judge(analysis: Analysis, evidence: Evidence): Judgement {
  const warmingMs = stillWarmingMs(analysis, evidence);
  const parts = analysis.checks.map((check) => {
    const share = shareOfPromise(analysis, check);
    const judgement = judgementOf(check, keptOf(check, evidence), share * analysis.falseAlarms);
    return { judgement: isPromised(check) ? whileWarming(judgement, warmingMs) : judgement, share };
  });
  return combined(parts, {
    falseAlarms: analysis.falseAlarms,
    assignment: judgeAssignment(evidence.assignment),
    score: analysis.score,
  });
}

/** A check outside the promise says itself what a sample that is missing means. */
function judgementOf(check: Check, { state, peak, missing }: Kept, falseAlarms: number): CheckJudgement {
  const judgement = judgedCheck(check).judgement(state, falseAlarms);
  if (!isPromised(check)) return judgement;
  const told = { ...judgement, pValue: Math.min(1, Math.exp(-peak)) };
  if (missing === undefined || told.verdict === 'bad') return told;
  return { ...told, verdict: 'invalid', reason: `${check.name}: not measured now: ${missing}` };
}

/** How much longer the candidate's requests do not count; 0 before its first one, and after the warm-up. */
function stillWarmingMs({ warmUpMs }: Analysis, { progress }: Evidence): number {
  return progress.warmedMs === 0 ? 0 : Math.max(0, warmUpMs - progress.warmedMs);
}

/** Nothing is counted of a candidate that serves: whoever sees its requests must not read that there are none. */
function whileWarming(judgement: CheckJudgement, warmingMs: number): CheckJudgement {
  if (warmingMs === 0 || judgement.verdict !== 'undecided') return judgement;
  const left = formatDuration(Math.ceil(warmingMs / 1_000) * 1_000);
  const reason = `${judgement.name}: canary requests do not count for the next ${left}, the warm-up`;
  return { ...judgement, reason };
}

/** True when something was measured of both tracks in this step: without, a step's silence means nothing. */
export function hasData({ progress }: Evidence): boolean {
  return progress.candidate > 0 && progress.control > 0;
}

/** True when something was measured of the candidate in this step: enough where nothing is compared. */
export function hasCandidateData({ progress }: Evidence): boolean {
  return progress.candidate > 0;
}

function eachKept(
  analysis: Analysis,
  evidence: Evidence,
  change: (check: Check, kept: Kept) => Kept,
): Evidence {
  const entries = analysis.checks.map((check) => [check.name, change(check, keptOf(check, evidence))]);
  return { ...evidence, checks: Object.fromEntries(entries) as Record<string, unknown> };
}

/** Starts anew when nothing was kept, or when it was gathered for other settings: a spec may be edited on the way. */
function keptOf(check: Check, { checks, progress }: Evidence): Kept {
  const kept = checks[check.name];
  const settings = settingsOf(check);
  if (isJsonObject(kept) && kept['settings'] === settings) return kept as unknown as Kept;
  return { settings, state: judgedCheck(check).start(progress.plannedSteps), peak: 0 };
}

/** Changes when the states of an earlier version can no longer be read. */
const SCHEME = 6;

function settingsOf({ metric, judge: settings, worse, floor }: Check): string {
  return JSON.stringify([SCHEME, metric, settings, worse ?? 'higher', floor ?? null]);
}
