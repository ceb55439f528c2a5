import { formatDuration } from '../../base/duration.ts';
import type { ScoredSettings } from '../../rollout/model.ts';
import type { ScoredResult } from '../judgement.ts';
import type { Sample } from '../measurement.ts';
import { amountOf } from '../sample.ts';
import { classifyMetric } from '../score/classify.ts';
import type { Label } from '../score/label.ts';
import { scoreOptionsAt } from '../score/options.ts';
import type { CheckWith, Judge } from './judge.ts';
import { asJson, EMPTY_WINDOW, restarted, valueOf, widened, type ArmWindow, type Window } from './window.ts';

type ScoredCheck = CheckWith<ScoredSettings>;

/** Of each arm one value per point; `"NaN"` where nothing was measured. */
interface Points {
  readonly candidate: readonly (number | string)[];
  readonly control: readonly (number | string)[];
}

interface Result {
  readonly label: Label;
  readonly reason: string;
  readonly critical: boolean;
  readonly muted: boolean;
  readonly judgedMs: number;
  /** Means of the points judged; absent where there were none. */
  readonly candidate?: number;
  readonly control?: number;
}

/** All of it is of this step. */
interface State {
  readonly ms: number;
  /** The point under way. */
  readonly window: Window;
  readonly points: Points;
  /** The newest judgement; absent before the first. */
  readonly result?: Result;
  readonly samples: number;
}

const NEW_STEP: State = { ms: 0, window: EMPTY_WINDOW, points: { candidate: [], control: [] }, samples: 0 };

/** A day of minutes. Older points are forgotten, so that what is kept stays bounded. */
const MOST_POINTS = 1_440;
/** Of latencies and sizes, when the check names no quantile. */
const USUAL_QUANTILE = 0.5;

/**
 * One metric of a score: collects a point of each arm per `stepMs` since the step began, and has Kayenta's judge
 * call them Pass, High or Low every `everyMs`, until the last judgement of the lifetime. By itself it decides
 * nothing; `scoring.ts` weighs the labels of all scored checks.
 */
export const scored: Judge<ScoredSettings, State, Sample['kind']> = {
  reads: ['counts', 'distribution', 'gauge', 'missing'],

  start: () => NEW_STEP,

  beginStep: () => NEW_STEP,

  add(check, state, measured) {
    const { stepMs } = check.judge.times;
    const window = widened(state.window, measured);
    const next: State = {
      ...state,
      ...(window.ms < stepMs
        ? { window }
        : { window: restarted(window, stepMs), points: withPoint(check, state.points, window) }),
      ms: state.ms + measured.ms,
      samples: state.samples + amountOf(measured.sample).candidate,
    };
    const judgedMs = lastJudgement(check, next.ms);
    return judgedMs > (state.result?.judgedMs ?? 0)
      ? { ...next, result: judged(check, next, judgedMs) }
      : next;
  },

  judgement(check, { result, samples }) {
    const { name } = check;
    const lastMs = lastJudgement(check, Infinity);
    if (result === undefined) {
      const reason = `${name}: first judged after ${formatDuration(intervalOf(check))} of the step`;
      const part: ScoredResult = { critical: false, muted: false, judgedMs: 0, lastMs };
      return { name, verdict: 'undecided', reason, scored: part, samples };
    }
    const { label, reason, critical, muted, judgedMs, ...means } = result;
    const part: ScoredResult = { critical, muted, judgedMs, lastMs };
    return { name, verdict: 'undecided', reason, ...means, label, scored: part, samples };
  },
};

/** Once in a lifetime at least. */
function intervalOf({ judge: { times } }: ScoredCheck): number {
  return Math.min(times.everyMs, times.lifetimeMs);
}

/** When the newest judgement is due that is not after `ms`; there are none after the lifetime. */
function lastJudgement(check: ScoredCheck, ms: number): number {
  const interval = intervalOf(check);
  return Math.floor(Math.min(ms, check.judge.times.lifetimeMs) / interval) * interval;
}

function withPoint({ metric, judge: { times } }: ScoredCheck, points: Points, window: Window): Points {
  const most = Math.ceil(Math.min(MOST_POINTS, (times.lookbackMs ?? Infinity) / times.stepMs));
  const quantile = 'quantile' in metric ? (metric.quantile ?? USUAL_QUANTILE) : USUAL_QUANTILE;
  const pointOf = (arm: ArmWindow): number | string =>
    asJson(valueOf(arm, { quantile, perSecond: false })?.usual ?? NaN);
  return {
    candidate: [...points.candidate, pointOf(window.candidate)].slice(-most),
    control: [...points.control, pointOf(window.control)].slice(-most),
  };
}

function judged({ name, judge }: ScoredCheck, { points }: State, judgedMs: number): Result {
  const { value: options, problems } = scoreOptionsAt(judge.options, 'scoring');
  if (options === undefined) {
    const [problem] = problems;
    const reason = `${name}: ${problem?.path ?? 'scoring'} ${problem?.reason ?? 'cannot be read'}`;
    return { label: 'Error', reason, critical: false, muted: false, judgedMs };
  }
  const arms = { candidate: points.candidate.map(Number), control: points.control.map(Number) };
  const result = classifyMetric({ name, ...arms, options });
  const { label, reason, critical, muted, candidate, control } = result;
  return {
    label,
    reason,
    critical,
    muted,
    judgedMs,
    ...(candidate.count > 0 && Number.isFinite(candidate.mean) ? { candidate: candidate.mean } : {}),
    ...(control.count > 0 && Number.isFinite(control.mean) ? { control: control.mean } : {}),
  };
}
