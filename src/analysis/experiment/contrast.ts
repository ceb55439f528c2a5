import { studentQuantile, studentTail } from '../distributions/student.ts';
import { normalTail } from '../distributions/normal.ts';

/** Which difference the experiment looks for: any, or only that the candidate is higher (lower) than the boundary. */
export type Alternative = 'two-sided' | 'higher' | 'lower';

/** How far the candidate is from the control, and how well that is known. */
export interface Contrast {
  readonly estimate: number;
  readonly standardError: number;
  /** Of Student's distribution; infinite where it is the normal one. */
  readonly degreesOfFreedom: number;
}

/** What is asked of a contrast. */
export interface Question {
  /** The probability of calling a candidate different that is at the boundary. */
  readonly alpha: number;
  readonly alternative: Alternative;
  /** The difference that is tested against: 0, or the margin of non-inferiority with its sign. */
  readonly boundary: number;
}

/** The values that are compatible with the data; null where there is no limit. */
export type Interval = readonly [low: number | null, high: number | null];

/** The answer to a question. */
export interface Conclusion {
  /** How many standard errors the estimate is from the boundary; for a table its χ². */
  readonly statistic: number;
  readonly degreesOfFreedom?: number;
  readonly pValue: number;
  readonly interval?: Interval;
  /** How many standard errors an estimate must be from the boundary to be significant. */
  readonly critical: number;
}

/** The test of Student (or the normal one, with infinite degrees of freedom) that is planned for one look. */
export function fixedConclusion(contrast: Contrast, question: Question): Conclusion {
  const { degreesOfFreedom } = contrast;
  const { alpha, alternative } = question;
  const statistic = statisticOf(contrast, question);
  const upper = (t: number): number => studentTail(t, degreesOfFreedom);
  const tail = alternative === 'two-sided' ? alpha / 2 : alpha;
  const critical = -studentQuantile(tail, degreesOfFreedom);
  return {
    statistic,
    ...(degreesOfFreedom === Infinity ? {} : { degreesOfFreedom }),
    pValue: sidedProbability(statistic, alternative, upper),
    interval: intervalAround(contrast, critical, alternative),
    critical,
  };
}

/** How many standard errors the estimate is above the boundary. */
export function statisticOf({ estimate, standardError }: Contrast, { boundary }: Question): number {
  return (estimate - boundary) / standardError;
}

/** The probability of a statistic at least as far out in the directions that count; `upper` is its upper tail. */
export function sidedProbability(
  statistic: number,
  alternative: Alternative,
  upper: (statistic: number) => number,
): number {
  if (alternative === 'two-sided') return Math.min(1, 2 * upper(Math.abs(statistic)));
  return upper(alternative === 'higher' ? statistic : -statistic);
}

/** The estimate with `critical` standard errors to both sides, or to the one that the alternative leaves closed. */
export function intervalAround(
  { estimate, standardError }: Contrast,
  critical: number,
  alternative: Alternative,
): Interval {
  const reach = critical * standardError;
  return [
    alternative === 'lower' ? null : estimate - reach,
    alternative === 'higher' ? null : estimate + reach,
  ];
}

/** A rule that calls an estimate significant from `critical` standard errors on. */
export interface Rule {
  readonly critical: number;
  readonly standardError: number;
  readonly alternative: Alternative;
}

/** The probability that the rule finds a truth at this distance above the boundary; by the normal approximation. */
export function powerAt(distance: number, { critical, standardError, alternative }: Rule): number {
  const off = distance / standardError;
  if (alternative === 'higher') return normalTail(critical - off);
  if (alternative === 'lower') return normalTail(critical + off);
  return Math.min(1, normalTail(critical - off) + normalTail(critical + off));
}
