import { readMoments, readPairs, readProportion } from './arms.ts';
import type { Contrast } from './contrast.ts';
import { cuped } from './cuped.ts';
import { readArms } from './data.ts';
import { isFlaw, type Flaw } from './flaw.ts';
import { meansContrast, type Arms } from './means.ts';
import type { Moments } from './moments.ts';
import { ratioMoments } from './ratio.ts';
import type { ArmData } from './request.ts';
import { proportionsContrast } from './two-proportions.ts';
import type { Proportion } from './wilson.ts';

/** Both arms summed up, whatever was measured. */
export interface Measured {
  readonly contrast: Contrast;
  /** What is compared: means, proportions or ratios. */
  readonly values: Arms<number>;
  readonly counts: Arms<number>;
  /** Where yes and no were counted. */
  readonly proportions?: Arms<Proportion>;
  /** Where a covariate was taken out. */
  readonly theta?: number;
  readonly varianceReduction?: number;
}

/** Yes and no, summed up. */
export type MeasuredProportions = Measured & { readonly proportions: Arms<Proportion> };

/** What a unit's data are. */
export type Measure = 'mean' | 'proportion' | 'ratio' | 'cuped';

/** Reads and sums up both arms. `relative`: the contrast is a share of the control's value. */
export function measured(data: ArmData, measure: Measure, relative: boolean): Measured | Flaw {
  switch (measure) {
    case 'mean': {
      const arms = readArms(data, readMoments);
      return isFlaw(arms) ? arms : ofMoments(arms, relative);
    }
    case 'proportion':
      return measuredProportions(data, relative);
    case 'ratio':
      return ofRatios(data, relative);
    case 'cuped': {
      const arms = readArms(data, readPairs);
      if (isFlaw(arms)) return arms;
      const { arms: moments, theta, varianceReduction } = cuped(arms);
      const result = ofMoments(moments, relative);
      return isFlaw(result) ? result : { ...result, theta, varianceReduction };
    }
  }
}

/** The same where yes and no are counted. */
export function measuredProportions(data: ArmData, relative: boolean): MeasuredProportions | Flaw {
  const arms = readArms(data, readProportion);
  return isFlaw(arms) ? arms : proportionsMeasured(arms, relative);
}

/** Two proportions that have been read already. */
export function proportionsMeasured(
  proportions: Arms<Proportion>,
  relative: boolean,
): MeasuredProportions | Flaw {
  const contrast = proportionsContrast(proportions, relative);
  if (isFlaw(contrast)) return contrast;
  const { control, candidate } = proportions;
  return {
    contrast,
    values: {
      control: control.successes / control.trials,
      candidate: candidate.successes / candidate.trials,
    },
    counts: { control: control.trials, candidate: candidate.trials },
    proportions,
  };
}

/** What the form of the data says they are; pairs could be a ratio or CUPED, and are taken for the latter. */
export function measureOf({ control, candidate }: ArmData): Measure {
  const data = candidate ?? control;
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return 'mean';
  if ('trials' in data) return 'proportion';
  return 'x' in data || 'sumX' in data ? 'cuped' : 'mean';
}

function ofMoments(arms: Arms<Moments>, relative: boolean): Measured | Flaw {
  const contrast = meansContrast(arms, relative);
  if (isFlaw(contrast)) return contrast;
  return {
    contrast,
    values: { control: arms.control.mean, candidate: arms.candidate.mean },
    counts: { control: arms.control.n, candidate: arms.candidate.n },
  };
}

function ofRatios(data: ArmData, relative: boolean): Measured | Flaw {
  const pairs = readArms(data, readPairs);
  if (isFlaw(pairs)) return pairs;
  const [control, candidate] = [ratioMoments(pairs.control), ratioMoments(pairs.candidate)];
  if (isFlaw(control)) return control;
  return isFlaw(candidate) ? candidate : ofMoments({ control, candidate }, relative);
}
