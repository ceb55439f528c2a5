import type { ExperimentAnswer } from './answer.ts';
import { fixedConclusion, type Conclusion } from './contrast.ts';
import { samplesNeeded } from './effect-power.ts';
import { fisherProbability } from './fisher.ts';
import { isFlaw, undecidable, type Flaw } from './flaw.ts';
import { measuredProportions, type MeasuredProportions } from './measured.ts';
import type { OptionsOf } from './options.ts';
import type { ArmData } from './request.ts';
import { questionOf, termsOf, type Terms } from './terms.ts';
import { newcombeFor, proportionsConclusion, tooFewExpected } from './two-proportions.ts';
import { judgedAnswer } from './verdict.ts';

/** More than this many units are not counted one by one. */
const MOST_EXACT = 1e12;

/** The two-proportion z test. */
export function judgeProportions(data: ArmData, options: OptionsOf<'proportions'>): ExperimentAnswer | Flaw {
  const terms = termsOf(options);
  const measure = measuredProportions(data, terms.relative);
  if (isFlaw(measure)) return measure;
  const { proportions, contrast } = measure;
  const question = questionOf(terms);
  const conclusion = proportionsConclusion(proportions, contrast, question);
  const doubt = tooFewExpected(proportions);
  if (options.interval !== 'newcombe') return proportionsAnswer(measure, conclusion, { terms, doubt });
  const interval = newcombeFor(proportions, conclusion.critical, question);
  return proportionsAnswer(measure, { ...conclusion, interval }, { terms, doubt });
}

/** Fisher's exact test, with Newcombe's interval of the difference. */
export function judgeExactly(data: ArmData, options: OptionsOf<'fisher'>): ExperimentAnswer | Flaw {
  const terms = termsOf(options);
  const measure = measuredProportions(data, false);
  if (isFlaw(measure)) return measure;
  const { proportions, contrast, counts } = measure;
  if (counts.control + counts.candidate > MOST_EXACT) {
    return undecidable('there are too many trials to count exactly; use the test "proportions"');
  }
  const question = questionOf(terms);
  const normal = fixedConclusion(contrast, question);
  const pValue = fisherProbability(proportions, terms.alternative);
  const interval = newcombeFor(proportions, normal.critical, question);
  return proportionsAnswer(measure, { ...normal, pValue, interval }, { terms });
}

/** The answer about two proportions, with the units needed. */
export function proportionsAnswer(
  measure: MeasuredProportions,
  conclusion: Conclusion,
  { terms, doubt }: { readonly terms: Terms; readonly doubt?: string | undefined },
): ExperimentAnswer {
  const needed = samplesNeeded(measure, terms);
  return {
    ...judgedAnswer(measure, conclusion, { terms, doubt }),
    ...(needed === undefined ? {} : { samplesNeeded: needed }),
  };
}
