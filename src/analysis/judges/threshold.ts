import type { ThresholdSettings } from '../../rollout/model.ts';
import type { Sample } from '../measurement.ts';
import { amountOf } from '../sample.ts';
import { counted } from '../words.ts';
import type { CheckWith, Judge } from './judge.ts';
import { measurementOf, type Measurement } from './measuring.ts';
import { quantity } from './quantity.ts';
import { EMPTY_WINDOW, restarted, widened, type Window } from './window.ts';

type LimitCheck = CheckWith<ThresholdSettings>;

interface State {
  /** The measurement under way. */
  readonly window: Window;
  readonly measurements: number;
  readonly failures: number;
  /** Since the last measurement that was fine. */
  readonly failuresInARow: number;
  /** Of this step: who lets a release go on has answered for them. */
  readonly inconclusive: number;
  /** Since the last measurement that could be judged. */
  readonly errorsInARow: number;
  /** Absent before the first. */
  readonly newest?: Measurement;
  /** Requests, values or units of the candidate in this step. */
  readonly samples: number;
}

/**
 * A fixed limit on the candidate, or a condition, measured once per window. It makes no promise about false
 * alarms and never proves that a candidate is good. Too many failures are bad; so are too many errors, but only
 * where the user has said how many; too many inconclusive measurements are `invalid`: they ask a person.
 */
export const threshold: Judge<ThresholdSettings, State, Sample['kind']> = {
  reads: ['counts', 'distribution', 'gauge', 'missing'],

  start: () => ({
    window: EMPTY_WINDOW,
    measurements: 0,
    failures: 0,
    failuresInARow: 0,
    inconclusive: 0,
    errorsInARow: 0,
    samples: 0,
  }),

  beginStep: (_check, state) => ({ ...state, inconclusive: 0, samples: 0 }),

  add(check, state, measured) {
    const window = widened(state.window, measured);
    const next = {
      ...state,
      window,
      samples: state.samples + amountOf(measured.sample).candidate,
    };
    const { everyMs } = check.judge;
    if (window.ms < everyMs) return next;
    const measurement = measurementOf(check, window);
    return { ...withMeasurement(next, measurement), window: restarted(window, everyMs) };
  },

  judgement(check, state) {
    const { candidate, control } = state.newest ?? {};
    return {
      name: check.name,
      verdict: verdictOf(check, state),
      reason: `${check.name}: ${storyOf(check, state)}`,
      ...(candidate === undefined ? {} : { candidate }),
      ...(control === undefined ? {} : { control }),
      samples: state.samples,
    };
  },
};

function withMeasurement(state: State, newest: Measurement | undefined): State {
  if (newest === undefined) return state;
  const { outcome } = newest;
  const isFailure = outcome === 'failed';
  return {
    ...state,
    measurements: state.measurements + 1,
    failures: state.failures + (isFailure ? 1 : 0),
    failuresInARow: outcome === 'fine' ? 0 : state.failuresInARow + (isFailure ? 1 : 0),
    inconclusive: state.inconclusive + (outcome === 'inconclusive' ? 1 : 0),
    errorsInARow: outcome === 'error' ? state.errorsInARow + 1 : 0,
    newest,
  };
}

function verdictOf({ judge: { failures } }: LimitCheck, state: State): 'bad' | 'invalid' | 'undecided' {
  const { limit, consecutive, inconclusive = Infinity, errors = Infinity } = failures;
  if ((consecutive ? state.failuresInARow : state.failures) > limit) return 'bad';
  if (state.errorsInARow > errors) return 'bad';
  return state.inconclusive > inconclusive ? 'invalid' : 'undecided';
}

function storyOf(check: LimitCheck, state: State): string {
  if (state.newest === undefined) {
    return state.window.missing === undefined
      ? 'nothing measured yet'
      : `nothing measured yet (${state.window.missing})`;
  }
  const { failures } = check.judge;
  const failed = failures.consecutive ? `${state.failuresInARow} in a row` : String(state.failures);
  return [
    newestOf(check, state.newest),
    `${failed} of ${counted(state.measurements, 'measurement')} failed, ${failures.limit} may`,
    ...allowed(state.inconclusive, 'inconclusive', failures.inconclusive),
    ...allowed(state.errorsInARow, 'in a row could not be taken', failures.errors),
  ].join('; ');
}

function newestOf(check: LimitCheck, { candidate, outcome, why }: Measurement): string {
  const value = candidate === undefined ? 'no number' : quantity(check.metric, candidate);
  if (outcome !== 'error') return `${why ?? value} where ${rulesOf(check).join(' and ')}`;
  return candidate === undefined ? (why ?? value) : `${value}, ${why ?? 'an error'}`;
}

function rulesOf({ metric, judge: { max, min, condition, failWhen } }: LimitCheck): readonly string[] {
  const limits = [
    ...(max === undefined ? [] : [`at most ${quantity(metric, max)}`]),
    ...(min === undefined ? [] : [`at least ${quantity(metric, min)}`]),
  ];
  return [
    ...(limits.length === 0 ? [] : [`${limits.join(' and ')} is allowed`]),
    ...(condition === undefined ? [] : [`${condition} has to hold`]),
    ...(failWhen === undefined ? [] : [`${failWhen} must not hold`]),
  ];
}

function allowed(count: number, what: string, limit: number | undefined): readonly string[] {
  if (count === 0 && limit === undefined) return [];
  return [`${count} ${what}${limit === undefined ? '' : `, ${limit} may`}`];
}
