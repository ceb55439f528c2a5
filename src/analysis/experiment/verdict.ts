import type { Verdict } from '../../rollout/model.ts';
import type { ExperimentAnswer } from './answer.ts';
import type { Conclusion } from './contrast.ts';
import { effectPower } from './effect-power.ts';
import type { Measured } from './measured.ts';
import { comparisonInWords, outcomeInWords } from './phrases.ts';
import { better, questionOf, type Terms } from './terms.ts';

/** A conclusion in terms of better and worse, with its power. `doubt`: why it must not be acted upon. */
export function judgedAnswer(
  measure: Measured,
  conclusion: Conclusion,
  { terms, doubt }: { readonly terms: Terms; readonly doubt?: string | undefined },
): ExperimentAnswer {
  const { estimate } = measure.contrast;
  const { interval, statistic, degreesOfFreedom, pValue } = conclusion;
  const significant = pValue <= terms.alpha;
  const verdict = significant && doubt === undefined ? verdictOf(estimate, terms) : 'undecided';
  const power = effectPower(measure, conclusion, terms);
  const outcome = doubt ?? outcomeInWords(verdict, terms, power);
  return {
    verdict,
    reason: `${comparisonInWords(measure, conclusion, terms)}; ${outcome}`,
    significant,
    estimate,
    ...(interval === undefined ? {} : { interval }),
    pValue,
    ...power,
    ...measure.values,
    statistic,
    ...(degreesOfFreedom === undefined ? {} : { degreesOfFreedom }),
    ...(measure.theta === undefined ? {} : { theta: measure.theta }),
    ...(measure.varianceReduction === undefined ? {} : { varianceReduction: measure.varianceReduction }),
  };
}

function verdictOf(estimate: number, terms: Terms): Verdict {
  if (terms.goal === 'same') return 'bad';
  const aboveBoundary = estimate - questionOf(terms).boundary;
  return aboveBoundary * better(terms.goal) > 0 ? 'good' : 'bad';
}
