import type { Verdict } from '../rollout/model.ts';

/** What the analysis says now, with its working shown. */
export interface Judgement {
  readonly verdict: Verdict;
  /** One sentence for people, with numbers. */
  readonly reason: string;
  readonly checks: readonly CheckJudgement[];
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
  /** The values compared, for display: ratios for errors, milliseconds for latency. */
  readonly candidate?: number;
  readonly control?: number;
  /** Requests of the candidate counted so far in this step. */
  readonly samples: number;
}

/** An e-value and its limit, both as natural logarithms: decided when `logE >= logLimit`. */
export interface Strength {
  readonly logE: number;
  readonly logLimit: number;
}
