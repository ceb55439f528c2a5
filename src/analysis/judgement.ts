import type { Verdict } from '../rollout/model.ts';
import type { Label } from './score/label.ts';

/** What the analysis says now, with its working shown. */
export interface Judgement {
  readonly verdict: Verdict;
  /** One sentence for people, with numbers. */
  readonly reason: string;
  readonly checks: readonly CheckJudgement[];
  /** Whether traffic was divided as planned; absent where nothing divides it. */
  readonly assignment?: AssignmentJudgement;
  /** What the scored checks say together; absent when there are none, and before the first judgement. */
  readonly score?: ScoreJudgement;
}

/** The sample-ratio test: a share of assignments other than planned makes the comparison invalid. */
export interface AssignmentJudgement {
  /** Evidence that the shares are not as planned. */
  readonly mismatch: Strength;
  /** Choices counted in this step, and the candidate's share of them. */
  readonly assigned: number;
  readonly share: number;
  readonly planned: number;
}

/** A score of 0 to 100 over several checks. */
export interface ScoreJudgement {
  readonly score: number;
  readonly classification: 'Pass' | 'Marginal' | 'Fail';
  readonly reason: string;
}

/** What one check says now. */
export interface CheckJudgement {
  readonly name: string;
  readonly verdict: Verdict;
  readonly reason: string;
  /** Evidence of harm against the limit at which the release is stopped. */
  readonly harm?: Strength;
  /** Evidence of safety against the limit at which the step may end early. */
  readonly safe?: Strength;
  /** Anytime-valid p-value of "no harm": 1 over the largest evidence so far. Only for checks inside the promise. */
  readonly pValue?: number;
  /** How much worse the candidate is, with its interval. */
  readonly effect?: Effect;
  /** With `score`: what the candidate's values are beside the control's. */
  readonly label?: Label;
  /** With `score`: how it counts. */
  readonly scored?: ScoredResult;
  /** The values compared, for display, in the unit of the metric. */
  readonly candidate?: number;
  readonly control?: number;
  /** Requests (exposures, values, units) of the candidate counted so far in this step. */
  readonly samples: number;
}

/** How the newest judgement of one check counts in the score. */
export interface ScoredResult {
  /** It has failed by enough to make the whole score 0. */
  readonly critical: boolean;
  /** It is shown, and not counted. */
  readonly muted: boolean;
  /** Time of this step after which it was made, 0 before the first; and the time of the last one, which decides. */
  readonly judgedMs: number;
  readonly lastMs: number;
}

/** A ratio candidate / control, with a 95 % confidence sequence: it holds at every look at once. */
export interface Effect {
  /** What is compared: `error ratio`, `p99`, `mean`. */
  readonly of: string;
  /** Absent without a value on both tracks. */
  readonly estimate?: number;
  readonly low: number;
  /** Absent: no upper end yet. */
  readonly high?: number;
}

/** An e-value and its limit, both as natural logarithms: decided when `logE >= logLimit`. */
export interface Strength {
  readonly logE: number;
  readonly logLimit: number;
}
