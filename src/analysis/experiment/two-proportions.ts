import { normalTail } from '../distributions/normal.ts';
import {
  fixedConclusion,
  sidedProbability,
  type Conclusion,
  type Contrast,
  type Question,
} from './contrast.ts';
import type { Flaw } from './flaw.ts';
import { meansContrast, type Arms } from './means.ts';
import type { Moments } from './moments.ts';
import { newcombeInterval, type Proportion } from './wilson.ts';

/** Below this many expected in any cell a normal approximation is not to be trusted. */
export const FEWEST_EXPECTED = 5;

/** The difference of two proportions with unpooled variances; `relative`: as a share of the control's. */
export function proportionsContrast(arms: Arms<Proportion>, relative: boolean): Contrast | Flaw {
  const contrast = meansContrast(momentsOfBoth(arms), relative);
  return 'flaw' in contrast ? contrast : { ...contrast, degreesOfFreedom: Infinity };
}

/**
 * A share of 0 or 1 has no variance of its own. Where both arms have none although they differ, each is taken to
 * have half a success and half a failure more.
 */
function momentsOfBoth({ control, candidate }: Arms<Proportion>): Arms<Moments> {
  const arms = { control: asMoments(control, 0), candidate: asMoments(candidate, 0) };
  const isStill = arms.control.variance === 0 && arms.candidate.variance === 0;
  if (!isStill || arms.control.mean === arms.candidate.mean) return arms;
  return {
    control: { ...arms.control, variance: asMoments(control, 0.5).variance },
    candidate: { ...arms.candidate, variance: asMoments(candidate, 0.5).variance },
  };
}

function asMoments({ successes, trials }: Proportion, more: number): Moments {
  const share = (successes + more) / (trials + 2 * more);
  return { n: trials, mean: share, variance: share * (1 - share) };
}

/**
 * The two-proportion z test. Against equality the variance is pooled, as it is under that hypothesis; against a
 * margin it is not, and the test then agrees with the interval, which is never pooled.
 */
export function proportionsConclusion(
  arms: Arms<Proportion>,
  contrast: Contrast,
  question: Question,
): Conclusion {
  const unpooled = fixedConclusion(contrast, question);
  if (question.boundary !== 0) return unpooled;
  const statistic = pooledStatistic(arms);
  return { ...unpooled, statistic, pValue: sidedProbability(statistic, question.alternative, normalTail) };
}

function pooledStatistic({ control, candidate }: Arms<Proportion>): number {
  const trials = control.trials + candidate.trials;
  const share = (control.successes + candidate.successes) / trials;
  const error = Math.sqrt(share * (1 - share) * (1 / control.trials + 1 / candidate.trials));
  return (candidate.successes / candidate.trials - control.successes / control.trials) / error;
}

/** Newcombe's interval at the level, and open to the side, that the question asks for. */
export function newcombeFor(arms: Arms<Proportion>, critical: number, question: Question) {
  const [low, high] = newcombeInterval(arms.control, arms.candidate, critical);
  return [
    question.alternative === 'lower' ? null : low,
    question.alternative === 'higher' ? null : high,
  ] as const;
}

/** Why counts are too small for a normal approximation; undefined when they are not. */
export function tooFewExpected({ control, candidate }: Arms<Proportion>): string | undefined {
  const share = (control.successes + candidate.successes) / (control.trials + candidate.trials);
  const fewest = Math.min(control.trials, candidate.trials) * Math.min(share, 1 - share);
  if (fewest >= FEWEST_EXPECTED) return undefined;
  const seen = Number(fewest.toPrecision(2));
  return `with ${seen} expected in a cell (${FEWEST_EXPECTED} are needed) the normal approximation does not hold; use the test "fisher"`;
}
