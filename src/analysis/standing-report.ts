import type { Analysis, Check } from '../rollout/model.ts';
import { isPromised } from './promise.ts';
import { MARGINS, partOf, standingChecks, type CheckAlarms, type Standing } from './standing.ts';
import { rateInterval } from './stats/rate-interval.ts';
import { counted, percent } from './words.ts';

/** What stable's comparison with itself has shown so far. */
export interface StandingReport extends MeasuredRate {
  /** Wall clock of the beginning, milliseconds since 1970. */
  readonly since: number;
  /** The promised rate, which the checks share. */
  readonly promised: number;
  readonly checks: readonly StandingCheck[];
  /** Checks inside the promise that halves cannot be judged by: their source does not tell the halves apart. */
  readonly unmeasured: readonly string[];
  /** True when the measured rate proves that the promise does not hold here. */
  readonly contradicts: boolean;
  /** One sentence for people, with numbers. */
  readonly reason: string;
}

/** A measured rate of false alarms per run. */
export interface MeasuredRate {
  readonly runs: number;
  readonly alarms: number;
  /** Absent before the first run. */
  readonly rate?: number;
  /** A 95 % interval that holds however often one looks. */
  readonly low: number;
  readonly high: number;
}

/** What one check has shown. */
export interface StandingCheck extends MeasuredRate {
  readonly name: string;
  /** Its part of the promise. */
  readonly promised: number;
  /** Its harm margin; absent for an objective, which has none. */
  readonly margin?: number;
  /** The smallest margin tried at which it alarmed no more often than promised; absent when none did, and before the first run. */
  readonly impliedMargin?: number;
}

/** One alarm proves nothing by itself: it may have been a real fault of one process. */
const FEWEST_ALARMS = 2;

/** What the standing A/A says now. */
export function standingReport(analysis: Analysis, standing: Standing): StandingReport {
  const measurable = standingChecks(analysis);
  const checks = measurable.map((check) => checkReport(analysis, check, standing.checks[check.name]));
  const total = { ...rateOf(standing), promised: analysis.falseAlarms };
  const contradicts = [total, ...checks].some(isContradicted);
  return {
    since: standing.since,
    ...total,
    checks,
    unmeasured: analysis.checks
      .filter((check) => isPromised(check) && !measurable.includes(check))
      .map(({ name }) => name),
    contradicts,
    reason: reasonOf(total, checks, contradicts),
  };
}

/** Why a release must not be begun on the strength of this promise; undefined when it may. */
export function contradiction(report: StandingReport): string | undefined {
  return report.contradicts ? report.reason : undefined;
}

function checkReport(analysis: Analysis, check: Check, measured: CheckAlarms | undefined): StandingCheck {
  const { name, judge } = check;
  const report = { name, ...rateOf(measured), promised: partOf(analysis, check) };
  if (judge.kind !== 'sequential') return report;
  const implied = measured === undefined ? undefined : impliedMargin(judge.worseBy, report, measured);
  return {
    ...report,
    margin: judge.worseBy,
    ...(implied === undefined ? {} : { impliedMargin: implied }),
  };
}

/** Of its own margin and those tried beside it. */
function impliedMargin(
  own: number,
  { runs, promised }: StandingCheck,
  { alarms, atMargins }: CheckAlarms,
): number | undefined {
  const tried = [
    { margin: own, alarms },
    ...MARGINS.map((margin, i) => ({ margin, alarms: atMargins[i] ?? runs })),
  ].sort((a, b) => a.margin - b.margin);
  return tried.find((one) => one.alarms <= promised * runs)?.margin;
}

function rateOf(
  { runs, alarms }: Pick<CheckAlarms, 'runs' | 'alarms'> = { runs: 0, alarms: 0 },
): MeasuredRate {
  const interval = rateInterval({ hits: alarms, trials: runs });
  return { runs, alarms, ...(runs === 0 ? {} : { rate: alarms / runs }), ...interval };
}

function isContradicted({ alarms, low, promised }: MeasuredRate & { readonly promised: number }): boolean {
  return alarms >= FEWEST_ALARMS && low > promised;
}

function reasonOf(
  total: MeasuredRate & { readonly promised: number },
  checks: readonly StandingCheck[],
  contradicts: boolean,
): string {
  if (total.runs === 0) return 'stable has not been compared with itself for a whole run yet';
  const measured = `stable against itself alarmed in ${alarmsOf(total)}`;
  if (!contradicts) return `${measured}; that does not contradict the promised ${percent(total.promised)}`;
  const told = checks.filter(isContradicted);
  const blamed = (told.length > 0 ? told : checks.filter(({ alarms }) => alarms > 0)).map(blame);
  return `the promise of ${percent(total.promised)} false alarms does not hold here: ${[measured, ...blamed].join('; ')}`;
}

function alarmsOf({ runs, alarms, rate = 0, low, high }: MeasuredRate): string {
  return `${String(alarms)} of ${counted(runs, 'run')} (${percent(rate)}, between ${percent(low)} and ${percent(high)})`;
}

function blame(check: StandingCheck): string {
  const { name, promised, margin, impliedMargin: implied } = check;
  const alarmed = `${name} in ${alarmsOf(check)}, where ${percent(promised)} is its part`;
  if (margin === undefined) return `${alarmed}: stable does not keep this objective itself`;
  const remedy =
    implied === undefined
      ? `even worseBy: ${asWritten(Math.max(margin, ...MARGINS))} would not hold`
      : `worseBy: ${asWritten(implied)} would hold, not ${asWritten(margin)}`;
  return `${alarmed}: ${remedy}`;
}

/** A margin as it is written in a Rollout. */
function asWritten(margin: number): string {
  return `${String(Number((margin * 100).toPrecision(6)))}%`;
}
