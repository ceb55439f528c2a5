import type { Reading, Window } from '../telemetry/scrapes.ts';
import { scrapingDecider, type Tool } from './decider.ts';

/** What one measurement of a metric came to. */
export type Measurement = 'Successful' | 'Failed' | 'Inconclusive' | 'Error';

/** Conditions of a metric; absent ones are not written. */
export interface Conditions {
  readonly success?: (result: number) => boolean;
  readonly failure?: (result: number) => boolean;
}

/** Limits of a metric, with Argo's defaults where absent; a limit of -1 is none. */
export interface Limits {
  readonly failureLimit?: number;
  readonly inconclusiveLimit?: number;
  readonly consecutiveErrorLimit?: number;
  readonly consecutiveSuccessLimit?: number;
  /** Measurements to take; absent: without end. */
  readonly count?: number;
}

/** A metric's counters in an AnalysisRun. */
export interface MetricRun {
  readonly successful: number;
  readonly failed: number;
  readonly inconclusive: number;
  readonly consecutiveErrors: number;
  readonly consecutiveSuccesses: number;
  readonly phase: 'Running' | Measurement;
}

/** A metric that was not measured yet. */
export const ARGO_START: MetricRun = {
  successful: 0,
  failed: 0,
  inconclusive: 0,
  consecutiveErrors: 0,
  consecutiveSuccesses: 0,
  phase: 'Running',
};

/** An error is measured again after this many seconds, whatever the interval. */
export const ERROR_RETRY_SECONDS = 10;

/** What a result means: failure beats success; with one condition the other is its opposite; undefined is an error. */
export function measured(result: number | undefined, { success, failure }: Conditions): Measurement {
  if (result === undefined) return 'Error';
  if (failure?.(result) === true) return 'Failed';
  if (success?.(result) === true) return 'Successful';
  if (success !== undefined && failure !== undefined) return 'Inconclusive';
  if (success !== undefined) return 'Failed';
  return 'Successful';
}

/** The metric after one more measurement. */
export function assessed(run: MetricRun, measurement: Measurement, limits: Limits): MetricRun {
  const is = (kind: Measurement): number => (measurement === kind ? 1 : 0);
  const next = {
    successful: run.successful + is('Successful'),
    failed: run.failed + is('Failed'),
    inconclusive: run.inconclusive + is('Inconclusive'),
    consecutiveErrors: measurement === 'Error' ? run.consecutiveErrors + 1 : 0,
    consecutiveSuccesses: measurement === 'Successful' ? run.consecutiveSuccesses + 1 : 0,
  };
  return { ...next, phase: phaseOf(next, limits) };
}

/** A later bad phase overrides an earlier one. */
function phaseOf(run: Omit<MetricRun, 'phase'>, limits: Limits): MetricRun['phase'] {
  const { failureLimit = 0, inconclusiveLimit = 0, consecutiveErrorLimit = 4 } = limits;
  if (exceeds(run.consecutiveErrors, consecutiveErrorLimit)) return 'Error';
  if (exceeds(run.inconclusive, inconclusiveLimit)) return 'Inconclusive';
  if (exceeds(run.failed, failureLimit)) return 'Failed';
  return endOf(run, limits);
}

function endOf(run: Omit<MetricRun, 'phase'>, limits: Limits): MetricRun['phase'] {
  const { consecutiveSuccessLimit = 0, count = Infinity, failureLimit = 0 } = limits;
  if (consecutiveSuccessLimit > 0 && run.consecutiveSuccesses >= consecutiveSuccessLimit) return 'Successful';
  // Errors do not count.
  if (run.successful + run.failed + run.inconclusive < count) return 'Running';
  if (consecutiveSuccessLimit === 0) return 'Successful';
  return failureLimit < 0 ? 'Failed' : 'Inconclusive';
}

function exceeds(value: number, limit: number): boolean {
  return limit >= 0 && value > limit;
}

/** An AnalysisTemplate on the success rate and, if wished, the p99. */
export interface ArgoSettings {
  readonly intervalSeconds: number;
  readonly window: Window;
  readonly minSuccess: number;
  readonly maxP99Ms?: number;
  readonly failureLimit: number;
}

interface Metric {
  readonly valueOf: (reading: Reading) => number;
  readonly conditions: Conditions;
  run: MetricRun;
  dueAt: number;
}

/** Argo Rollouts with a background analysis that starts with the release. */
export function argo(name: string, settings: ArgoSettings): Tool {
  const { intervalSeconds, minSuccess, maxP99Ms, failureLimit } = settings;
  const p99 = maxP99Ms === undefined ? '' : `, p99 ≤ ${maxP99Ms} ms`;
  return {
    name,
    family: 'argo',
    settings: `every ${intervalSeconds} s, success ≥ ${percentOf(minSuccess)} %${p99}, failureLimit ${failureLimit}`,
    start() {
      const metrics = metricsOf(settings);
      return scrapingDecider((scrapes, at) => {
        for (const metric of metrics)
          measure(metric, scrapes.query('candidate', settings.window), { at, settings });
        const phases = metrics.map(({ run }) => run.phase);
        // A run that is inconclusive pauses the release: nobody is there to resume it.
        return phases.some((phase) => phase === 'Failed' || phase === 'Error') ? 'stopped' : undefined;
      });
    },
  };
}

function percentOf(share: number): number {
  return Number((100 * share).toFixed(6));
}

function metricsOf({ minSuccess, maxP99Ms }: ArgoSettings): Metric[] {
  const success: Metric = {
    // Without requests 0/0: not a number, and so neither condition holds.
    valueOf: ({ requests, errors }) => (requests - errors) / requests,
    conditions: { success: (result) => result >= minSuccess },
    run: ARGO_START,
    dueAt: 0,
  };
  if (maxP99Ms === undefined) return [success];
  const duration: Metric = {
    valueOf: ({ p99 }) => p99,
    conditions: { success: (result) => result <= maxP99Ms },
    run: ARGO_START,
    dueAt: 0,
  };
  return [success, duration];
}

function measure(
  metric: Metric,
  reading: Reading | undefined,
  { at, settings }: { readonly at: number; readonly settings: ArgoSettings },
): void {
  if (at < metric.dueAt || metric.run.phase !== 'Running') return;
  const result = reading === undefined ? undefined : metric.valueOf(reading);
  const measurement = measured(result, metric.conditions);
  metric.run = assessed(metric.run, measurement, settings);
  metric.dueAt = at + (measurement === 'Error' ? ERROR_RETRY_SECONDS : settings.intervalSeconds);
}
