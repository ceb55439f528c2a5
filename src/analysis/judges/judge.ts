import type { Check, JudgeSettings } from '../../rollout/model.ts';
import type { CheckJudgement } from '../judgement.ts';
import type { Sample, SampleOf } from '../measurement.ts';

/** A check whose judge has settings of one kind. */
export type CheckWith<Settings extends JudgeSettings> = Check & { readonly judge: Settings };

/** What a judge is given of one tick. */
export interface Measured<Kind extends Sample['kind']> {
  readonly ms: number;
  readonly sample: SampleOf<Kind>;
}

/**
 * How one kind of check is judged. The object has no state of its own: what it has learned is a `State`,
 * plain JSON that comes back exactly as it was written.
 */
export interface Judge<Settings extends JudgeSettings, State, Kind extends Sample['kind']> {
  /** The kinds of samples it is given; others are passed over. */
  readonly reads: readonly Kind[];
  /** Before the first tick of a release in which `plannedSteps` steps analyse. */
  start(plannedSteps: number): State;
  /** A step begins: what tells of harm goes on, what proves safety starts anew. */
  beginStep(check: CheckWith<Settings>, state: State): State;
  add(check: CheckWith<Settings>, state: State, measured: Measured<Kind>): State;
  /** Log evidence of harm now, for judges that make a promise about false alarms. */
  logHarm?(check: CheckWith<Settings>, state: State): number;
  /** `falseAlarms`: this check's part of the promise. */
  judgement(check: CheckWith<Settings>, state: State, falseAlarms: number): CheckJudgement;
}
