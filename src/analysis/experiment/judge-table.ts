import type { ExperimentAnswer } from './answer.ts';
import { readOutcomes } from './arms.ts';
import { chiSquaredTest, type TableTest } from './chi-squared.ts';
import { fixedConclusion } from './contrast.ts';
import { readArms } from './data.ts';
import { impossible, isFlaw, undecidable, type Flaw } from './flaw.ts';
import { proportionsAnswer } from './judge-proportions.ts';
import type { Arms } from './means.ts';
import { proportionsMeasured } from './measured.ts';
import type { OptionsOf } from './options.ts';
import { figure, probability } from './phrases.ts';
import type { ArmData } from './request.ts';
import { questionOf, termsOf } from './terms.ts';
import { FEWEST_EXPECTED, newcombeFor } from './two-proportions.ts';

type Outcomes = Arms<readonly number[]>;

/** Pearson's χ². Two outcomes (failures, successes) have a direction, more do not. */
export function judgeTable(data: ArmData, options: OptionsOf<'chiSquared'>): ExperimentAnswer | Flaw {
  const arms = readArms(data, readOutcomes);
  if (isFlaw(arms)) return arms;
  const [here, there] = [arms.control.length, arms.candidate.length];
  if (here !== there) return impossible(`the control has ${here} outcomes and the candidate ${there}`);
  const seen = arms.control.filter((count, index) => count + (arms.candidate[index] ?? 0) > 0).length;
  if (seen < 2) return undecidable('all units had the same outcome, so there is nothing to compare');
  const test = chiSquaredTest(arms.control, arms.candidate);
  return here === 2 ? ofTwoOutcomes(arms, test, options) : ofManyOutcomes(test, options);
}

function ofTwoOutcomes(
  arms: Outcomes,
  test: TableTest,
  options: OptionsOf<'chiSquared'>,
): ExperimentAnswer | Flaw {
  const measure = proportionsMeasured(
    { control: asProportion(arms.control), candidate: asProportion(arms.candidate) },
    false,
  );
  if (isFlaw(measure)) return measure;
  const terms = termsOf(options);
  const question = questionOf(terms);
  const normal = fixedConclusion(measure.contrast, question);
  const interval = newcombeFor(measure.proportions, normal.critical, question);
  const { statistic, degreesOfFreedom, pValue } = test;
  const conclusion = { ...normal, statistic, degreesOfFreedom, pValue, interval };
  return proportionsAnswer(measure, conclusion, { terms, doubt: tooFew(test, 'use the test "fisher"') });
}

function ofManyOutcomes(test: TableTest, { alpha = 0.05 }: OptionsOf<'chiSquared'>): ExperimentAnswer {
  const { statistic, degreesOfFreedom, pValue, strength } = test;
  const significant = pValue <= alpha;
  const doubt = tooFew(test, 'join rare outcomes');
  const outcome = significant
    ? 'the outcomes differ significantly'
    : `no significant difference at alpha ${figure(alpha)}`;
  return {
    verdict: significant && doubt === undefined ? 'bad' : 'undecided',
    reason: `χ² ${figure(statistic)} with ${degreesOfFreedom} degrees of freedom (p ${probability(pValue)}); ${doubt ?? outcome}`,
    significant,
    estimate: strength,
    pValue,
    statistic,
    degreesOfFreedom,
  };
}

function tooFew({ smallestExpected }: TableTest, remedy: string): string | undefined {
  if (smallestExpected >= FEWEST_EXPECTED) return undefined;
  return `with ${figure(smallestExpected)} expected in a cell (${FEWEST_EXPECTED} are needed) χ² does not hold; ${remedy}`;
}

function asProportion([failures = 0, successes = 0]: readonly number[]) {
  return { successes, trials: failures + successes };
}
