import type { Reading, Window } from '../telemetry/scrapes.ts';
import { scrapingDecider, type Decider, type Tool } from './decider.ts';

/** The part of a Flagger Canary's `analysis` that decides. */
export interface FlaggerSettings {
  /** Between two runs of the loop; Flagger allows no less than 10. */
  readonly intervalSeconds: number;
  /** Failed checks that cause a rollback; they add up over the run, a good check takes none back. */
  readonly threshold: number;
  /** Passed checks that end the analysis: maxWeight / stepWeight. */
  readonly checksToPromote: number;
  /** Scrapes that a metric's own `interval` holds. */
  readonly window: Window;
  /** `request-success-rate`, in percent, and `request-duration`, the p99 in milliseconds: bounds that still pass. */
  readonly minSuccessPercent: number;
  readonly maxP99Ms: number;
}

/** Where a run stands. */
export interface FlaggerRun {
  readonly failedChecks: number;
  readonly passedChecks: number;
  readonly phase: 'Progressing' | 'Failed' | 'Promoting';
}

/** A run whose canary has just got its first weight. */
export const FLAGGER_START: FlaggerRun = { failedChecks: 0, passedChecks: 0, phase: 'Progressing' };

/** One metric's value at one check; undefined: the query gave no value. */
export interface FlaggerMetric {
  readonly value: number | undefined;
  readonly min?: number;
  readonly max?: number;
}

/**
 * One run of the loop. The limit of failed checks is looked at before the metrics are, so a rollback comes one
 * interval after the failure that reaches it. The first metric out of its range, or without a value, makes the
 * check fail; the weight moves with passed checks only.
 */
export function flaggerLoop(
  run: FlaggerRun,
  { threshold, checksToPromote }: Pick<FlaggerSettings, 'threshold' | 'checksToPromote'>,
  metrics: readonly FlaggerMetric[],
): FlaggerRun {
  if (run.failedChecks >= Math.max(1, threshold)) return { ...run, phase: 'Failed' };
  if (!metrics.every(isInRange)) return { ...run, failedChecks: run.failedChecks + 1 };
  const passedChecks = run.passedChecks + 1;
  return { ...run, passedChecks, phase: passedChecks >= checksToPromote ? 'Promoting' : 'Progressing' };
}

function isInRange({ value, min = -Infinity, max = Infinity }: FlaggerMetric): boolean {
  return value !== undefined && value >= min && value <= max;
}

/** The two built-in metrics over a window. No samples and no requests are both "no value". */
export function flaggerMetrics(
  reading: Reading | undefined,
  settings: FlaggerSettings,
): readonly FlaggerMetric[] {
  const hasValue = reading !== undefined && reading.requests > 0;
  return [
    {
      value: hasValue ? (100 * (reading.requests - reading.errors)) / reading.requests : undefined,
      min: settings.minSuccessPercent,
    },
    // Flagger truncates durations to whole milliseconds.
    { value: hasValue ? Math.trunc(reading.p99) : undefined, max: settings.maxP99Ms },
  ];
}

/** Flagger at work on one release, and how many checks have passed so far. */
export interface FlaggerDecider extends Decider {
  passedChecks(): number;
}

/** Starts Flagger on a release. */
export function flaggerDecider(settings: FlaggerSettings): FlaggerDecider {
  let run = FLAGGER_START;
  const decider = scrapingDecider((scrapes, at) => {
    if (at % settings.intervalSeconds !== 0) return undefined;
    run = flaggerLoop(run, settings, flaggerMetrics(scrapes.query('candidate', settings.window), settings));
    if (run.phase === 'Progressing') return undefined;
    return run.phase === 'Failed' ? 'stopped' : 'promoted';
  });
  return { ...decider, passedChecks: () => run.passedChecks };
}

/** Flagger with these settings. */
export function flagger(name: string, settings: FlaggerSettings): Tool {
  const { intervalSeconds, threshold, checksToPromote, minSuccessPercent, maxP99Ms } = settings;
  const promotes = Number.isFinite(checksToPromote)
    ? `, promotes after ${checksToPromote} passed checks`
    : '';
  return {
    name,
    family: 'flagger',
    settings: `every ${intervalSeconds} s, success ≥ ${minSuccessPercent} %, p99 ≤ ${maxP99Ms} ms, threshold ${threshold}${promotes}`,
    start: () => flaggerDecider(settings),
  };
}
