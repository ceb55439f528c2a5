import type { FailureLimits, Metric, ThresholdSettings } from '../../rollout/model.ts';
import type { CheckJudgement } from '../judgement.ts';
import type { CheckWith } from '../judges/judge.ts';
import { threshold } from '../judges/threshold.ts';
import type { Sample } from '../measurement.ts';
import { counts, gauge } from './samples.ts';

/** Length of a window. */
export const EVERY_MS = 10_000;
/** One failure may be, in all. */
export const ONE_MAY: FailureLimits = { limit: 1, consecutive: false };

/** What of a threshold a test says. */
export type Rules = Omit<Partial<ThresholdSettings>, 'kind' | 'everyMs'>;

/** A threshold on errors, or on another metric. */
export function checkOf(rules: Rules, metric: Metric = { kind: 'errors' }): CheckWith<ThresholdSettings> {
  const judge = { kind: 'threshold', everyMs: EVERY_MS, failures: ONE_MAY, ...rules } as const;
  return { name: 'limit', metric, judge, weight: 1 };
}

/** A window of one sample, or of two: four and six seconds. */
export type Ticks = readonly Sample[];

/** What the threshold says after these windows; its memory is written and read between any two ticks. */
export function judgedBy(check: CheckWith<ThresholdSettings>, windows: readonly Ticks[]): CheckJudgement {
  let state = threshold.start(1);
  for (const samples of windows) {
    const durations = samples.length === 1 ? [EVERY_MS] : [4_000, 6_000];
    samples.forEach((sample, i) => {
      const next = threshold.add(check, state, { ms: durations[i] ?? 0, sample });
      state = JSON.parse(JSON.stringify(next)) as typeof state;
    });
  }
  return threshold.judgement(check, state, 0);
}

/** Windows, each the percentage of 100 requests that fail; undefined for no requests. */
export function percents(...windows: readonly (number | undefined)[]): readonly Ticks[] {
  return windows.map((percent) => {
    const half = percent === undefined ? counts(0, 0) : counts(50, percent / 2);
    return [half, half];
  });
}

/** Windows of a gauge without units. */
export function values(...windows: readonly number[]): readonly Ticks[] {
  return windows.map((value) => [gauge({ '': value })]);
}
