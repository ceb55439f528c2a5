import type { ScoreThresholds } from './scoring.ts';

/** How a sequence of judgements ends. */
export interface AnalysisOutcome {
  readonly passed: boolean;
  /** Kayenta's own sentence. */
  readonly message: string;
}

/** The thresholds that scores are held against; one that is absent lets everything pass. */
export type FinalThresholds = Partial<ScoreThresholds>;

/** True for a score at which an analysis ends at once: not above marginal. */
export function endsAnalysis(score: number, { marginal }: FinalThresholds): boolean {
  return marginal !== undefined && score <= marginal;
}

/**
 * What the scores of all judgements say together: the last one counts. It must be *above* marginal, though
 * a single score is called Marginal when it is equal.
 */
export function outcomeOf(scores: readonly number[], thresholds: FinalThresholds): AnalysisOutcome {
  const last = scores.at(-1);
  if (last === undefined) {
    return { passed: false, message: 'There were no successful canary judgements to aggregate' };
  }
  const { pass, marginal } = thresholds;
  const final = `Final canary score ${asDouble(last)}`;
  if (marginal === undefined && pass === undefined) {
    return { passed: true, message: 'No score thresholds were specified.' };
  }
  if (endsAnalysis(last, thresholds)) {
    return { passed: false, message: `${final} is not above the marginal score threshold.` };
  }
  if (pass === undefined) return { passed: true, message: 'No pass score threshold was specified.' };
  return last < pass
    ? { passed: false, message: `${final} is below the pass score threshold.` }
    : { passed: true, message: `${final} met or exceeded the pass score threshold.` };
}

/** With one decimal at least. */
function asDouble(score: number): string {
  return Number.isInteger(score) ? `${score}.0` : String(score);
}
