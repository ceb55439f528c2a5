import { adjusted } from './adjust.ts';
import type { ExperimentAnswer } from './answer.ts';
import { readNumbers } from './data.ts';
import { impossible, isFlaw, undecidable, type Flaw } from './flaw.ts';
import type { OptionsOf } from './options.ts';
import { figure } from './phrases.ts';

/** Corrects p-values for being several. They have no direction, so the verdict is `undecided` at best. */
export function judgeProbabilities({
  pValues,
  alpha = 0.05,
  method = 'benjaminiHochberg',
}: OptionsOf<'adjust'>): ExperimentAnswer | Flaw {
  if (pValues.length === 0) return undecidable('there are no p-values');
  const given = readNumbers(pValues, 'pValues');
  if (isFlaw(given)) return given;
  const outside = given.findIndex((p) => p < 0 || p > 1);
  if (outside >= 0) return impossible(`pValues[${outside}] is not between 0 and 1`);
  const qValues = adjusted(given, method);
  const rejected = qValues.map((q) => q <= alpha);
  const found = rejected.filter((isFound) => isFound).length;
  return {
    verdict: 'undecided',
    reason: `${found} of ${given.length} tests are significant at ${figure(alpha)} for all of them together (${WORDS[method]})`,
    significant: found > 0,
    qValues,
    rejected,
  };
}

const WORDS = { benjaminiHochberg: 'Benjamini–Hochberg', holm: 'Holm', bonferroni: 'Bonferroni' };
