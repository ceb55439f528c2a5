import type { Analysis } from '../rollout/model.ts';
import type { Judgement } from './judgement.ts';
import type { Tick } from './measurement.ts';

/** The running sums of every check: JSON, a few kilobytes, enough to go on after a crash. */
export interface Evidence {
  readonly checks: Readonly<Record<string, unknown>>;
}

/** Evidence before the first tick of a release with `analysedSteps` steps that analyse. */
export declare function startEvidence(analysis: Analysis, analysedSteps: number): Evidence;
/** A new step begins: evidence of safety starts anew, evidence of harm goes on. */
export declare function beginStep(analysis: Analysis, evidence: Evidence): Evidence;
/** Adds one tick. Pure and deterministic. */
export declare function addTick(analysis: Analysis, evidence: Evidence, tick: Tick): Evidence;
/** What the evidence says. */
export declare function judge(analysis: Analysis, evidence: Evidence): Judgement;
