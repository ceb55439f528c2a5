import { Failure } from '../../base/failure.ts';
import { closest } from '../../base/closest.ts';
import { isJsonObject } from '../../base/json.ts';
import type { ExperimentAnswer } from '../experiment/answer.ts';
import { judgeExperiment } from '../experiment/experiment.ts';
import { judgeScore, type ScoreAnswer } from '../score/answer.ts';
import { judgeTicks, type TicksAnswer } from './judge-ticks.ts';

/** The judges that a comparison may name. */
export const COMPARISON_JUDGES = ['sequential', 'slo', 'threshold', 'score', 'experiment'] as const;

/** One of them. */
export type ComparisonJudge = (typeof COMPARISON_JUDGES)[number];

/** An answer, as JSON. */
export type ComparisonAnswer =
  | ({ readonly judge: 'sequential' | 'slo' | 'threshold' } & TicksAnswer)
  | ({ readonly judge: 'score' } & ScoreAnswer)
  | ({ readonly judge: 'experiment' } & ExperimentAnswer);

/**
 * Judges one comparison of two sets of data: `{ judge, control, candidate, options }`. Pure: equal requests give
 * equal answers. Throws Failure `usage` for what cannot be read, naming the path and the remedy; data that say
 * nothing are answered.
 */
export function compare(request: unknown): ComparisonAnswer {
  if (!isJsonObject(request)) throw unreadable('a comparison is an object');
  const { judge, control, candidate, options = {} } = request;
  switch (judgeOf(judge)) {
    case 'experiment':
      return { judge: 'experiment', ...judgeExperiment({ control, candidate, options }) };
    case 'score':
      return { judge: 'score', ...judgeScore({ control, candidate, options }) };
    case 'sequential':
      return { judge: 'sequential', ...judgeTicks('sequential', { control, candidate, options }) };
    case 'slo':
      return { judge: 'slo', ...judgeTicks('slo', { control, candidate, options }) };
    case 'threshold':
      return { judge: 'threshold', ...judgeTicks('threshold', { control, candidate, options }) };
  }
}

function judgeOf(judge: unknown): ComparisonJudge {
  const known = COMPARISON_JUDGES.find((one) => one === judge);
  if (known !== undefined) return known;
  const near = typeof judge === 'string' ? closest(judge, COMPARISON_JUDGES) : undefined;
  const hint =
    near === undefined ? `judge is one of ${COMPARISON_JUDGES.join(', ')}` : `did you mean ${near}?`;
  const what = judge === undefined ? 'it names no judge' : `judge ${JSON.stringify(judge)} is not known`;
  throw new Failure('usage', `the comparison cannot be read: ${what}`, { hint });
}

function unreadable(what: string): Failure {
  return new Failure('usage', `the comparison cannot be read: ${what}`, {
    hint: 'as in {"judge": "score", "control": [1, 2], "candidate": [1, 3], "options": {}}',
  });
}
