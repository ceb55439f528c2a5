import type { ExperimentAnswer } from './answer.ts';
import { powerAt } from './contrast.ts';
import { directionOf } from './effect-power.ts';
import { isFlaw, undecidable, type Flaw } from './flaw.ts';
import type { Arms } from './means.ts';
import type { OptionsOf } from './options.ts';
import { figure } from './phrases.ts';
import {
  detectableDifference,
  detectableShift,
  errorsToDetect,
  meansError,
  proportionsError,
  samplesForMeans,
  samplesForProportions,
} from './planning.ts';
import { termsOf, type Terms } from './terms.ts';

type PlanOptions = OptionsOf<'plan'>;

/** What an experiment without data yet would need, or find. Nothing is judged. */
export function judgePlan(options: PlanOptions): ExperimentAnswer | Flaw {
  const terms = termsOf(options);
  const unit = terms.relative ? Math.abs(options.baseline ?? 1) : 1;
  const { minimumEffect } = terms;
  const needed = minimumEffect === undefined ? {} : forEffect(options, terms, minimumEffect * unit);
  if ('flaw' in needed) return needed;
  const smallest = options.samples && smallestEffect(options, terms, options.samples);
  if (isFlaw(smallest)) return smallest;
  const answer = { ...needed, ...(smallest === undefined ? {} : { detectable: smallest / unit }) };
  return { verdict: 'undecided', reason: planInWords(answer), significant: false, ...answer };
}

type Needed = Pick<ExperimentAnswer, 'samplesNeeded' | 'power' | 'powerFor'>;

/** The units needed for an effect, and with units given the power to find it. */
function forEffect(options: PlanOptions, terms: Terms, size: number): Needed | Flaw {
  const effect = size * directionOf(terms);
  const candidate = (options.baseline ?? 0) + effect;
  if (options.measure === 'proportion' && (candidate < 0 || candidate > 1)) {
    return undecidable(`${figure(candidate)} is not a proportion, so there is no such effect`);
  }
  const needed = { samplesNeeded: samplesFor(options, effect, terms) };
  if (options.samples === undefined) return needed;
  const standardError = errorOf(options, effect, options.samples);
  const critical = errorsToDetect({ ...terms, power: 0.5 });
  const power = powerAt(effect, { critical, standardError, alternative: terms.alternative });
  return { ...needed, power, powerFor: 'minimumEffect' };
}

const EVEN = { control: 1, candidate: 1 };

function samplesFor(options: PlanOptions, effect: number, terms: Terms): Arms<number> {
  const { measure, baseline = 0, variance = 1, allocation = EVEN } = options;
  const candidateShare = allocation.candidate / (allocation.control + allocation.candidate);
  if (measure === 'proportion') {
    return samplesForProportions({ control: baseline, candidate: baseline + effect }, candidateShare, terms);
  }
  const variances = { control: variance, candidate: variance };
  return samplesForMeans(effect, { variances, candidateShare }, terms);
}

function smallestEffect(options: PlanOptions, terms: Terms, samples: Arms<number>): number | Flaw {
  if (options.measure === 'mean') return detectableDifference(errorOf(options, 0, samples), terms);
  const shift = detectableShift(options.baseline ?? 0, directionOf(terms), { samples, aim: terms });
  return shift ?? undecidable('with these units not even the largest effect there can be would be found');
}

function errorOf(
  { measure, baseline = 0, variance = 1 }: PlanOptions,
  effect: number,
  samples: Arms<number>,
): number {
  return measure === 'mean'
    ? meansError({ control: variance, candidate: variance }, samples)
    : proportionsError({ control: baseline, candidate: baseline + effect }, samples);
}

type Plan = Pick<ExperimentAnswer, 'samplesNeeded' | 'detectable' | 'power'>;

function planInWords({ samplesNeeded: needed, detectable, power }: Plan): string {
  const parts: string[] = [];
  if (needed !== undefined) {
    parts.push(`${needed.control} units of the control and ${needed.candidate} of the candidate are needed`);
  }
  if (power !== undefined) parts.push(`the effect would be found with probability ${figure(power)}`);
  if (detectable !== undefined) parts.push(`the smallest effect that can be found is ${figure(detectable)}`);
  return parts.join('; ');
}
