import { intervalAround, statisticOf, type Conclusion, type Contrast, type Question } from './contrast.ts';

/** How much data a confidence sequence has, and for how much it is made. */
export interface Progress {
  /** Units of both arms together. */
  readonly samples: number;
  /** The number of units at which the sequence is narrowest. */
  readonly tuning: number;
}

/**
 * The asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (2021): one may look after
 * every unit and stop at will. Exact only in the limit, so it needs some data before it is first looked at.
 */
export function asymptoticConclusion(
  contrast: Contrast,
  question: Question,
  { samples, tuning }: Progress,
): Conclusion {
  const { alpha, alternative } = question;
  const growth = samples * rhoSquared(alpha, tuning) + 1;
  // The half-width in standard errors is √(stretch·ln …), for a variance of `samples` squared standard errors.
  const stretch = (2 * growth) / (growth - 1);
  const statistic = statisticOf(contrast, question);
  if (alternative === 'two-sided') {
    const critical = Math.sqrt(stretch * Math.log(Math.sqrt(growth) / alpha));
    const pValue = Math.min(1, Math.sqrt(growth) * Math.exp(-(statistic * statistic) / stretch));
    return { statistic, pValue, critical, interval: intervalAround(contrast, critical, alternative) };
  }
  const critical = Math.sqrt(stretch * Math.log1p(Math.sqrt(growth) / (2 * alpha)));
  const forward = Math.max(0, alternative === 'higher' ? statistic : -statistic);
  const pValue = Math.min(1, Math.sqrt(growth) / (2 * Math.expm1((forward * forward) / stretch)));
  return { statistic, pValue, critical, interval: intervalAround(contrast, critical, alternative) };
}

/** The ρ² that makes the sequence narrowest at `tuning` units. */
function rhoSquared(alpha: number, tuning: number): number {
  const depth = -2 * Math.log(alpha);
  return (depth + Math.log(depth + 1)) / tuning;
}
