import type { Contrast } from './contrast.ts';
import { undecidable, type Flaw } from './flaw.ts';
import type { Moments } from './moments.ts';

/** The same of both arms. */
export interface Arms<Data> {
  readonly control: Data;
  readonly candidate: Data;
}

/**
 * The difference of two means whose variances may differ, with the degrees of freedom of Welch and Satterthwaite.
 * `relative`: as a share of the control's mean, by the delta method.
 */
export function meansContrast({ control, candidate }: Arms<Moments>, relative: boolean): Contrast | Flaw {
  const errors = { control: errorOf(control), candidate: errorOf(candidate) };
  const degreesOfFreedom = satterthwaite(errors, { control: control.n - 1, candidate: candidate.n - 1 });
  const standardError = Math.hypot(errors.control, errors.candidate);
  if (standardError === 0) {
    return undecidable('no value differs from the others in its arm, so chance cannot be told from effect');
  }
  const estimate = candidate.mean - control.mean;
  if (!relative) return { estimate, standardError, degreesOfFreedom };
  const base = Math.abs(control.mean);
  if (base === 0) return undecidable('the control is 0 on average, so nothing can be a share of it');
  const ratio = candidate.mean / control.mean;
  return {
    estimate: estimate / base,
    standardError: Math.hypot(errors.candidate / base, (errors.control / base) * ratio),
    degreesOfFreedom,
  };
}

/** The standard error of a mean. */
function errorOf({ n, variance }: Moments): number {
  return Math.sqrt(variance / n);
}

/** The degrees of freedom for a sum of two variances, from standard errors and their own degrees of freedom. */
function satterthwaite(errors: Arms<number>, freedoms: Arms<number>): number {
  const total = Math.hypot(errors.control, errors.candidate);
  const part = (arm: keyof Arms<number>): number => (errors[arm] / total) ** 4 / freedoms[arm];
  return 1 / (part('control') + part('candidate'));
}
