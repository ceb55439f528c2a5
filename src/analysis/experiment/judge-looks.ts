import type { ExperimentAnswer } from './answer.ts';
import { asymptoticConclusion } from './asymptotic.ts';
import { isFlaw, undecidable, type Flaw } from './flaw.ts';
import { sequentialConclusion, type Schedule } from './group-sequential.ts';
import { measured, measureOf, type Measured } from './measured.ts';
import type { OptionsOf } from './options.ts';
import type { ArmData } from './request.ts';
import { questionOf, termsOf } from './terms.ts';
import { tooFewExpected } from './two-proportions.ts';
import { judgedAnswer } from './verdict.ts';

/** Fewer units per arm do not make a z statistic. */
const FEWEST_FOR_Z = 30;

/** Units at which a confidence sequence is narrowest when nothing else is asked. */
const TUNING = 5000;

/** Units per arm before a confidence sequence is first looked at. */
const FIRST_LOOK = 500;

/** One of the planned looks of a group sequential test. */
export function judgePlannedLook(
  data: ArmData,
  options: OptionsOf<'groupSequential'>,
): ExperimentAnswer | Flaw {
  const terms = termsOf(options);
  const measure = measured(data, options.measure ?? measureOf(data), terms.relative);
  if (isFlaw(measure)) return measure;
  const few = tooFew(measure, FEWEST_FOR_Z);
  if (few !== undefined) return few;
  const conclusion = sequentialConclusion(measure.contrast, questionOf(terms), scheduleOf(options));
  const doubt = doubtOf(measure);
  return {
    ...judgedAnswer(measure, conclusion, { terms, doubt }),
    bound: conclusion.critical,
    bounds: conclusion.bounds,
    spent: conclusion.spent,
  };
}

/** Any look at a confidence sequence. */
export function judgeAnyLook(data: ArmData, options: OptionsOf<'asymptotic'>): ExperimentAnswer | Flaw {
  const terms = termsOf(options);
  const measure = measured(data, options.measure ?? measureOf(data), terms.relative);
  if (isFlaw(measure)) return measure;
  const few = tooFew(measure, options.minimumSamples ?? FIRST_LOOK);
  if (few !== undefined) return few;
  const samples = measure.counts.control + measure.counts.candidate;
  const progress = { samples, tuning: options.tuning ?? TUNING };
  const conclusion = asymptoticConclusion(measure.contrast, questionOf(terms), progress);
  const doubt = doubtOf(measure);
  return { ...judgedAnswer(measure, conclusion, { terms, doubt }), bound: conclusion.critical };
}

function scheduleOf({
  fractions,
  looks = 1,
  look = 1,
  spending,
  rho,
}: OptionsOf<'groupSequential'>): Schedule {
  return {
    fractions: fractions ?? Array.from({ length: look }, (_, index) => (index + 1) / looks),
    spending:
      spending === 'power' ? { kind: spending, rho: rho ?? 2 } : { kind: spending ?? 'obrienFleming' },
  };
}

function tooFew({ counts }: Measured, fewest: number): Flaw | undefined {
  const least = Math.min(counts.control, counts.candidate);
  if (least >= fewest) return undefined;
  return undecidable(`the smaller arm has ${least} units; ${fewest} are needed before a look`);
}

function doubtOf({ proportions }: Measured): string | undefined {
  return proportions === undefined ? undefined : tooFewExpected(proportions);
}
