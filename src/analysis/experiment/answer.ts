import type { Verdict } from '../../rollout/model.ts';
import type { Interval } from './contrast.ts';
import { impossible, type Flaw } from './flaw.ts';
import type { Arms } from './means.ts';
import type { SampleRatio } from './sample-ratio.ts';

/** What the judge says of one comparison. Every number in it is finite; what cannot be computed is absent. */
export interface ExperimentAnswer {
  /** `good`: significantly better (with a margin: not worse by it); `bad`: significantly worse (by more than it). */
  readonly verdict: Verdict;
  /** One sentence for people, with numbers. */
  readonly reason: string;
  /** `pValue <= alpha`. */
  readonly significant: boolean;
  /** Candidate minus control, or that as a share of the control; Cramér's V for a table of several outcomes. */
  readonly estimate?: number;
  /** At the level `1 - alpha`; null where it has no limit. */
  readonly interval?: Interval;
  readonly pValue?: number;
  /** The probability of a significant result with these units, if the truth were the effect `powerFor` names. */
  readonly power?: number;
  readonly powerFor?: 'minimumEffect' | 'observedEffect';
  /** The smallest effect that is found with the power aimed at. */
  readonly detectable?: number;
  /** Units per arm, in the split seen, to find the minimum effect with the power aimed at. */
  readonly samplesNeeded?: Arms<number>;
  /** What was compared: means, proportions or ratios. */
  readonly control?: number;
  readonly candidate?: number;
  readonly statistic?: number;
  readonly degreesOfFreedom?: number;
  /** Standard errors needed now; `bounds` of all looks so far, `spent` of `alpha` by now. */
  readonly bound?: number;
  readonly bounds?: readonly number[];
  readonly spent?: number;
  /** Adjusted p-values, in the order given, and which are significant. */
  readonly qValues?: readonly number[];
  readonly rejected?: readonly boolean[];
  readonly theta?: number;
  readonly varianceReduction?: number;
  readonly sampleRatio?: SampleRatio;
}

/** The answer where nothing could be concluded. */
export function answerTo({ verdict, flaw }: Flaw): ExperimentAnswer {
  return { verdict, reason: flaw, significant: false };
}

/** Numbers beyond this are near to overflowing, and have probably lost their meaning on the way. */
const LARGEST = 1e300;

/** The answer, or a refusal of it when a number in it is none: sums of huge values overflow. */
export function finiteAnswer(answer: ExperimentAnswer): ExperimentAnswer {
  return hasBrokenNumber(answer)
    ? answerTo(impossible('the values are too large, or too small, to compute with'))
    : answer;
}

function hasBrokenNumber(value: unknown): boolean {
  if (typeof value === 'number') return !(Math.abs(value) <= LARGEST);
  return typeof value === 'object' && value !== null && Object.values(value).some(hasBrokenNumber);
}
