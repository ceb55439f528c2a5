import { normalQuantile } from '../distributions/normal.ts';
import { powerAt, type Conclusion } from './contrast.ts';
import type { Arms } from './means.ts';
import type { Measured } from './measured.ts';
import { errorsToDetect, proportionsError } from './planning.ts';
import { better, questionOf, type Terms } from './terms.ts';

/** What the rule would find with these units, by the normal approximation. */
export interface EffectPower {
  readonly power: number;
  /** The power for the effect that was seen says no more than the p-value; name a minimum effect instead. */
  readonly powerFor: 'minimumEffect' | 'observedEffect';
  /** The smallest effect that is found with the power aimed at. */
  readonly detectable: number;
}

/** The power of a conclusion's rule for the minimum effect, or for the one observed. */
export function effectPower(measure: Measured, { critical }: Conclusion, terms: Terms): EffectPower {
  const { alternative, minimumEffect } = terms;
  const { boundary } = questionOf(terms);
  const { standardError, estimate } = measure.contrast;
  const detectable = (critical + normalQuantile(terms.power)) * standardError;
  if (minimumEffect === undefined) {
    const power = powerAt(estimate - boundary, { critical, standardError, alternative });
    return { power, powerFor: 'observedEffect', detectable };
  }
  const effect = minimumEffect * directionOf(terms);
  const rule = { critical, standardError: errorAt(measure, effect, terms), alternative };
  return { power: powerAt(effect - boundary, rule), powerFor: 'minimumEffect', detectable };
}

/**
 * The units per arm, in the split seen, with which a test of one look finds the minimum effect with the power aimed
 * at; undefined without one, or when it lies on the boundary that is tested against.
 */
export function samplesNeeded(measure: Measured, terms: Terms): Arms<number> | undefined {
  if (terms.minimumEffect === undefined) return undefined;
  const effect = terms.minimumEffect * directionOf(terms);
  const errors = (effect - questionOf(terms).boundary) / errorAt(measure, effect, terms);
  const times = (errorsToDetect(terms) / errors) ** 2;
  if (!Number.isFinite(times)) return undefined;
  const units = (now: number): number => Math.max(2, Math.ceil(now * times));
  return { control: units(measure.counts.control), candidate: units(measure.counts.candidate) };
}

/** The side on which an effect is looked for: that of the alternative, or the better one. */
export function directionOf({ alternative, goal }: Terms): 1 | -1 {
  if (alternative === 'two-sided') return better(goal);
  return alternative === 'higher' ? 1 : -1;
}

/** The standard error if the effect were true; that of proportions depends on it. */
function errorAt({ proportions, values, counts, contrast }: Measured, effect: number, terms: Terms): number {
  if (proportions === undefined || terms.relative) return contrast.standardError;
  const candidate = Math.min(1, Math.max(0, values.control + effect));
  const error = proportionsError({ control: values.control, candidate }, counts);
  return error === 0 ? contrast.standardError : error;
}
