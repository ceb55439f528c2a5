import { isJsonObject, type Json } from '../base/json.ts';
import type { Analysis, Check } from '../rollout/model.ts';
import { addTick, judge, startEvidence, type Evidence } from './evidence.ts';
import { judgedCheck } from './judges/table.ts';
import type { CheckJudgement } from './judgement.ts';
import type { Tick, TrackCounters } from './measurement.ts';
import { packLists, unpackLists, type PackedLists } from './packed-lists.ts';
import { isPromised, shareOfPromise } from './promise.ts';
import { sampleOf } from './sample.ts';
import { logLimit } from './stats/e-values.ts';
import { trusted } from './trusted.ts';

/**
 * The standing A/A: while nothing is released, one half of stable is judged against the other as if it were a
 * candidate, in runs as long as a release. Every alarm is a false one. Plain JSON.
 */
export interface Standing {
  /** What it was gathered for. */
  readonly settings: string;
  /** Wall clock of the beginning, milliseconds since 1970. */
  readonly since: number;
  /** The run under way, counted from 1. */
  readonly number: number;
  /** Finished runs in which something was measured, and those among them with an alarm of all checks together. */
  readonly runs: number;
  readonly alarms: number;
  /** By the name of the check. */
  readonly checks: Readonly<Record<string, CheckAlarms>>;
  /** How much of the run under way is measured. */
  readonly measuredMs: number;
  /** The evidence of the run under way; absent before its first tick. */
  readonly run?: PackedLists;
}

/** In how many finished runs a check was measured, and in how many of these it has alarmed. */
export interface CheckAlarms {
  readonly runs: number;
  readonly alarms: number;
  /** The same at each of `MARGINS` instead of its own margin. */
  readonly atMargins: readonly number[];
}

/** What both halves did between two looks. */
export interface HalvesTick {
  readonly ms: number;
  readonly a: TrackCounters;
  readonly b: TrackCounters;
}

/** The harm margins at which the same data is judged beside a check's own. */
export const MARGINS = [0, 0.01, 0.03, 0.05, 0.1, 0.25, 0.5, 1] as const;

/** A run under way, as it is packed. */
interface Run {
  readonly evidence: Evidence;
  readonly hasAlarmed: boolean;
  /** Checks that were measured in it, and that have alarmed by themselves. */
  readonly measured: readonly string[];
  readonly alarmed: readonly string[];
  /** One for each of `MARGINS`: the states of the judges, by check; one that has alarmed is judged no further. */
  readonly atMargins: readonly Readonly<Record<string, unknown>>[];
}

const ALARMED = 'alarmed';

/** Before the first tick; `since`: wall clock in milliseconds. */
export function startStanding(analysis: Analysis, since: number): Standing {
  return { settings: settingsOf(analysis), since, number: 1, runs: 0, alarms: 0, checks: {}, measuredMs: 0 };
}

/** The name of the run under way: the halves are divided anew with it. */
export function runOf({ since, number }: Standing): string {
  return `${since.toString(36)}-${number}`;
}

/** False when the analysis judges otherwise than when it began, so that what was gathered says nothing any more. */
export function isStandingFor(analysis: Analysis, standing: Standing): boolean {
  return standing.settings === settingsOf(analysis);
}

/** The checks that halves can be judged by: those inside the promise that judge what the data plane counts itself. */
export function standingChecks({ checks }: Analysis): readonly Check[] {
  return checks.filter((check) => isPromised(check) && isCountedByHalf(check));
}

function isCountedByHalf({ metric }: Check): boolean {
  return (metric.kind === 'errors' || metric.kind === 'latency') && metric.from === undefined;
}

/**
 * Adds one tick; after `runMs` of measured time the run ends and is counted. The halves change roles with every run.
 * A run goes on to its end after an alarm, so that it is known what larger margins would have done.
 */
export function addStanding(
  analysis: Analysis,
  standing: Standing,
  { tick, runMs }: { readonly tick: HalvesTick; readonly runMs: number },
): Standing {
  const { ms, a, b } = tick;
  if (a.requests + b.requests === 0) return standing;
  const isExchanged = standing.number % 2 === 0;
  const roles = isExchanged ? { candidate: a, control: b } : { candidate: b, control: a };
  const run = withTick(analysis, runIn(analysis, standing), { ms, ...roles });
  const measuredMs = standing.measuredMs + ms;
  if (measuredMs < runMs) return { ...standing, measuredMs, run: packLists(run as unknown as Json) };
  return finished(analysis, standing, run);
}

/** A run that another version of coalmine has begun starts anew. */
function runIn(analysis: Analysis, { run }: Standing): Run {
  const evidence = startEvidence(ownAnalysis(analysis), 1);
  const kept = run === undefined ? undefined : (unpackLists(run) as unknown as Run);
  if (kept !== undefined && schemesIn(kept.evidence) === schemesIn(evidence)) return kept;
  return { evidence, hasAlarmed: false, measured: [], alarmed: [], atMargins: MARGINS.map(() => ({})) };
}

function schemesIn({ checks }: Evidence): string {
  return JSON.stringify(Object.values(checks).map((kept) => (isJsonObject(kept) ? kept['settings'] : null)));
}

function withTick(analysis: Analysis, run: Run, tick: Tick): Run {
  const own = ownAnalysis(analysis);
  const evidence = addTick(own, run.evidence, tick);
  const { verdict, checks } = judge(own, evidence);
  return {
    evidence,
    hasAlarmed: run.hasAlarmed || verdict === 'bad',
    measured: union(
      run.measured,
      checks.filter(({ samples }) => samples > 0),
    ),
    alarmed: union(run.alarmed, checks.filter(isAlarm(analysis))),
    atMargins: run.atMargins.map((states, i) =>
      atMargin(analysis, states, { margin: MARGINS[i] ?? 0, tick }),
    ),
  };
}

/** The states of the checks that have a margin, after a tick judged at another one. */
function atMargin(
  analysis: Analysis,
  states: Readonly<Record<string, unknown>>,
  { margin, tick }: { readonly margin: number; readonly tick: Tick },
): Readonly<Record<string, unknown>> {
  const entries = standingChecks(analysis).flatMap((check) => {
    const { name, judge: settings } = check;
    const sample = sampleOf(check, tick);
    if (settings.kind !== 'sequential' || sample === undefined) return [];
    if (states[name] === ALARMED) return [[name, ALARMED] as const];
    const judged = judgedCheck(withoutSafety({ ...check, judge: { ...settings, worseBy: margin } }));
    const state = judged.add(states[name] ?? judged.start(1), tick.ms, trusted(sample));
    const isAlarmed = (judged.logHarm(state) ?? 0) >= logLimit(partOf(analysis, check));
    return [[name, isAlarmed ? ALARMED : state] as const];
  });
  return Object.fromEntries(entries);
}

/** True for a check whose evidence reaches the limit of its part of the promise. */
function isAlarm(analysis: Analysis): (judgement: CheckJudgement) => boolean {
  return ({ name, harm }) => {
    const check = analysis.checks.find((one) => one.name === name);
    return check !== undefined && harm !== undefined && harm.logE >= logLimit(partOf(analysis, check));
  };
}

/** The rate of false alarms that a check may have by itself. */
export function partOf(analysis: Analysis, check: Check): number {
  return shareOfPromise(analysis, check) * analysis.falseAlarms;
}

function union(names: readonly string[], more: readonly { readonly name: string }[]): readonly string[] {
  const added = more.map(({ name }) => name).filter((name) => !names.includes(name));
  return added.length === 0 ? names : [...names, ...added];
}

/**
 * As a release is judged, but for what halves of stable do not need: a warm-up, a proof of safety. Checks that are not
 * measured keep their part of the promise, as in a release in which they show nothing.
 */
function ownAnalysis(analysis: Analysis): Analysis {
  return { ...analysis, warmUpMs: 0, checks: analysis.checks.filter(isPromised).map(withoutSafety) };
}

function withoutSafety(check: Check): Check {
  if (check.judge.kind !== 'sequential') return check;
  const { safe: _, ...settings } = check.judge;
  return { ...check, judge: settings };
}

function finished(analysis: Analysis, standing: Standing, run: Run): Standing {
  const { run: _, ...rest } = standing;
  const next = { ...rest, number: standing.number + 1, measuredMs: 0 };
  if (run.measured.length === 0) return next;
  return {
    ...next,
    runs: standing.runs + 1,
    alarms: standing.alarms + (run.hasAlarmed ? 1 : 0),
    checks: Object.fromEntries(
      standingChecks(analysis).map(({ name }) => [name, withRun(standing.checks[name], run, name)]),
    ),
  };
}

const NO_ALARMS: CheckAlarms = { runs: 0, alarms: 0, atMargins: MARGINS.map(() => 0) };

function withRun(before = NO_ALARMS, run: Run, name: string): CheckAlarms {
  if (!run.measured.includes(name)) return before;
  return {
    runs: before.runs + 1,
    alarms: before.alarms + (run.alarmed.includes(name) ? 1 : 0),
    atMargins: before.atMargins.map((alarms, i) => alarms + (run.atMargins[i]?.[name] === ALARMED ? 1 : 0)),
  };
}

/** Changes when what an earlier version has gathered can no longer be read. */
const SCHEME = 1;

function settingsOf(analysis: Analysis): string {
  const checks = ownAnalysis(analysis).checks.map(
    ({ name, metric, judge: settings, worse, floor, weight }) => [
      name,
      metric,
      settings,
      worse ?? 'higher',
      floor ?? null,
      weight,
    ],
  );
  return JSON.stringify([SCHEME, analysis.falseAlarms, checks]);
}
