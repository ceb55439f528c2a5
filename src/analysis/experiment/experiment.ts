import { unreachable } from '../../base/unreachable.ts';
import { answerTo, finiteAnswer, type ExperimentAnswer } from './answer.ts';
import { isFlaw, type Flaw } from './flaw.ts';
import { judgeAnyLook, judgePlannedLook } from './judge-looks.ts';
import { judgeMeans } from './judge-means.ts';
import { judgePlan } from './judge-plan.ts';
import { judgeExactly, judgeProportions } from './judge-proportions.ts';
import { judgeProbabilities } from './judge-p-values.ts';
import { brokenSplit, judgeSampleRatio } from './judge-sample-ratio.ts';
import { judgeTable } from './judge-table.ts';
import type { ExperimentOptions, OptionsOf } from './options.ts';
import { experimentRequest, type ArmData, type ExperimentRequest } from './request.ts';
import { sampleRatio, SAMPLE_RATIO_ALPHA } from './sample-ratio.ts';
import { unitsOf } from './units.ts';

/**
 * Judges one comparison of a control with a candidate by a classical test. A wrong option is the caller's mistake
 * and throws Failure `usage` with the path and a remedy; data that cannot be judged are answered `undecided` (too
 * few) or `invalid` (impossible), with the reason.
 */
export function judgeExperiment(request: unknown): ExperimentAnswer {
  const valid = experimentRequest(request);
  const outcome = outcomeOf(valid);
  return finiteAnswer(isFlaw(outcome) ? answerTo(outcome) : outcome);
}

type Outcome = ExperimentAnswer | Flaw;

function outcomeOf({ control, candidate, options }: ExperimentRequest): Outcome {
  const data = { control, candidate };
  if (options.test === 'sampleRatio') return judgeSampleRatio(data, options);
  if (options.test === 'adjust') return judgeProbabilities(options);
  return options.test === 'plan' ? judgePlan(options) : afterSplit(data, options);
}

type Comparison = Exclude<ExperimentOptions, OptionsOf<'sampleRatio' | 'adjust' | 'plan'>>;

/** Units that were not divided as planned make every other number meaningless, so that is looked at first. */
function afterSplit(data: ArmData, options: Comparison): Outcome {
  if (options.allocation === undefined) return comparison(data, options);
  const units = unitsOf(data, options.test === 'chiSquared' ? 'counts' : 'values');
  if (units === undefined) return comparison(data, options);
  const split = sampleRatio(units, options.allocation, SAMPLE_RATIO_ALPHA);
  if (split.mismatch) return brokenSplit(split);
  const outcome = comparison(data, options);
  return isFlaw(outcome) ? outcome : { ...outcome, sampleRatio: split };
}

function comparison(data: ArmData, options: Comparison): Outcome {
  switch (options.test) {
    case 'welch':
    case 'ratio':
    case 'cuped':
      return judgeMeans(data, options);
    case 'proportions':
      return judgeProportions(data, options);
    case 'fisher':
      return judgeExactly(data, options);
    case 'chiSquared':
      return judgeTable(data, options);
    case 'groupSequential':
      return judgePlannedLook(data, options);
    case 'asymptotic':
      return judgeAnyLook(data, options);
    default:
      return unreachable(options);
  }
}
