import type { Check, ThresholdSettings } from '../../rollout/model.ts';
import type { TrackCounters } from '../measurement.ts';
import { addToRun, EMPTY_RUN, runQuantile, type BucketRun } from '../stats/bucket-run.ts';
import { counted, milliseconds, percent } from '../words.ts';
import type { CheckWith, Judge } from './judge.ts';

type LimitCheck = CheckWith<ThresholdSettings>;

interface Window {
  readonly ms: number;
  readonly requests: number;
  readonly errors: number;
  readonly latency: BucketRun;
}

interface State {
  /** The measurement under way. */
  readonly window: Window;
  readonly controlWindow: Window;
  readonly measurements: number;
  readonly failures: number;
  readonly failuresInARow: number;
  /** The newest measurement, with the control's in the same window for display; absent before the first. */
  readonly newest?: { readonly candidate: number; readonly control?: number };
  /** Requests of the candidate in this step. */
  readonly samples: number;
}

const EMPTY_WINDOW: Window = { ms: 0, requests: 0, errors: 0, latency: EMPTY_RUN };
const USUAL_QUANTILE = 0.99;

/**
 * A fixed limit on the candidate, measured once per window; a window without requests is no measurement. It
 * makes no promise about false alarms and never proves that a candidate is good.
 */
export const threshold: Judge<ThresholdSettings, State> = {
  start: () => ({
    window: EMPTY_WINDOW,
    controlWindow: EMPTY_WINDOW,
    measurements: 0,
    failures: 0,
    failuresInARow: 0,
    samples: 0,
  }),

  beginStep: (_check, state) => ({ ...state, samples: 0 }),

  add(check, state, { ms, candidate, control }) {
    const next: State = {
      ...state,
      window: widened(state.window, ms, candidate),
      controlWindow: widened(state.controlWindow, ms, control),
      samples: state.samples + candidate.requests,
    };
    return next.window.ms < check.judge.everyMs ? next : measured(check, next);
  },

  judgement(check, state) {
    const { limit, consecutive } = check.judge.failures;
    const isBad = (consecutive ? state.failuresInARow : state.failures) > limit;
    return {
      name: check.name,
      verdict: isBad ? 'bad' : 'undecided',
      reason: `${check.name}: ${storyOf(check, state)}`,
      ...state.newest,
      samples: state.samples,
    };
  },
};

function widened(window: Window, ms: number, more: TrackCounters): Window {
  return {
    ms: window.ms + ms,
    requests: window.requests + more.requests,
    errors: window.errors + more.errors,
    latency: addToRun(window.latency, more.latency),
  };
}

function measured(check: LimitCheck, state: State): State {
  const emptied = { ...state, window: EMPTY_WINDOW, controlWindow: EMPTY_WINDOW };
  const candidate = valueOf(check, state.window);
  const control = valueOf(check, state.controlWindow);
  if (candidate === undefined) return emptied;
  const { max = Infinity, min = -Infinity } = check.judge;
  const isFailure = candidate > max || candidate < min;
  return {
    ...emptied,
    measurements: state.measurements + 1,
    failures: state.failures + (isFailure ? 1 : 0),
    failuresInARow: isFailure ? state.failuresInARow + 1 : 0,
    newest: { candidate, ...(control === undefined ? {} : { control }) },
  };
}

function valueOf({ metric }: Check, window: Window): number | undefined {
  if (metric.kind === 'latency') return runQuantile(window.latency, metric.quantile ?? USUAL_QUANTILE);
  return window.requests === 0 ? undefined : window.errors / window.requests;
}

function storyOf(check: LimitCheck, state: State): string {
  if (state.newest === undefined) return 'nothing measured yet';
  const shown = (value: number): string =>
    check.metric.kind === 'errors'
      ? percent(value)
      : `p${String((check.metric.quantile ?? USUAL_QUANTILE) * 100)} ${milliseconds(value)}`;
  const { max, min, failures } = check.judge;
  const limits = [
    ...(max === undefined ? [] : [`at most ${shown(max)}`]),
    ...(min === undefined ? [] : [`at least ${shown(min)}`]),
  ].join(' and ');
  const count = failures.consecutive ? `${state.failuresInARow} in a row` : String(state.failures);
  return (
    `${shown(state.newest.candidate)} where ${limits} is allowed; ` +
    `${count} of ${counted(state.measurements, 'measurement')} failed, ${failures.limit} may`
  );
}
