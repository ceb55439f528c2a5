import type { ExperimentAnswer } from './answer.ts';
import { fixedConclusion } from './contrast.ts';
import { samplesNeeded } from './effect-power.ts';
import { isFlaw, type Flaw } from './flaw.ts';
import { measured } from './measured.ts';
import type { OptionsOf } from './options.ts';
import type { ArmData } from './request.ts';
import { questionOf, termsOf } from './terms.ts';
import { judgedAnswer } from './verdict.ts';

/** Welch's test: of means as they are, of ratios, or with a covariate taken out. */
export function judgeMeans(
  data: ArmData,
  options: OptionsOf<'welch' | 'ratio' | 'cuped'>,
): ExperimentAnswer | Flaw {
  const terms = termsOf(options);
  const measure = measured(data, options.test === 'welch' ? 'mean' : options.test, terms.relative);
  if (isFlaw(measure)) return measure;
  const needed = samplesNeeded(measure, terms);
  return {
    ...judgedAnswer(measure, fixedConclusion(measure.contrast, questionOf(terms)), { terms }),
    ...(needed === undefined ? {} : { samplesNeeded: needed }),
  };
}
