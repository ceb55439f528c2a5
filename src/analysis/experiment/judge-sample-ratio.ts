import { normalQuantile } from '../distributions/normal.ts';
import type { ExperimentAnswer } from './answer.ts';
import { impossible, type Flaw } from './flaw.ts';
import type { OptionsOf } from './options.ts';
import { figure, probability } from './phrases.ts';
import type { ArmData } from './request.ts';
import { FEWEST_UNITS, sampleRatio, SAMPLE_RATIO_ALPHA, type SampleRatio } from './sample-ratio.ts';
import { unitsOf } from './units.ts';
import { wilsonInterval } from './wilson.ts';

const EVEN = { control: 1, candidate: 1 };

const MISMATCH = 'units were not divided as planned, so the arms cannot be compared';

/** Whether units were divided as planned: `good` when they were, as far as their number can tell. */
export function judgeSampleRatio(
  data: ArmData,
  { alpha = SAMPLE_RATIO_ALPHA, allocation = EVEN }: OptionsOf<'sampleRatio'>,
): ExperimentAnswer | Flaw {
  const units = unitsOf(data, 'values');
  if (units === undefined) return impossible('an arm does not say how many units it has');
  const ratio = sampleRatio(units, allocation, alpha);
  const { pValue, mismatch, observed } = ratio;
  const all = units.control + units.candidate;
  const answer = { significant: mismatch, estimate: observed, sampleRatio: ratio };
  if (pValue === undefined) {
    const reason = `${splitInWords(ratio)}; ${FEWEST_UNITS} units must be expected in each arm to tell`;
    return { ...answer, verdict: 'undecided', reason };
  }
  const interval = wilsonInterval({ successes: units.candidate, trials: all }, -normalQuantile(alpha / 2));
  return {
    ...answer,
    verdict: mismatch ? 'invalid' : 'good',
    reason: `${splitInWords(ratio)}; ${mismatch ? MISMATCH : 'units were divided as planned'}`,
    interval,
    pValue,
  };
}

/** The refusal of a comparison whose units were not divided as planned. */
export function brokenSplit(split: SampleRatio): ExperimentAnswer {
  const reason = `${splitInWords(split)}; ${MISMATCH}`;
  return { verdict: 'invalid', reason, significant: false, sampleRatio: split };
}

function splitInWords({ observed, expected, pValue }: SampleRatio): string {
  const chance = pValue === undefined ? '' : ` (p ${probability(pValue)})`;
  return `the candidate has ${figure(observed * 100)} % of the units, ${figure(expected * 100)} % were planned${chance}`;
}
