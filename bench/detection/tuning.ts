import { describeKayenta } from './deciders/kayenta-grid.ts';
import { describePromise } from './deciders/promise-grid.ts';
import { describeArgo, describeFlagger } from './deciders/threshold-grid.ts';
import type { ScenarioResults } from './results.ts';
import { SWEEPS, type Sweep } from './run.ts';
import { CALIBRATIONS } from './scenarios/scenario.ts';
import { geometricMean } from './statistics.ts';

/** The false-alarm rate at which all tools are compared. */
export const EQUAL_RATE = 0.01;

/** Good releases to calibrate on. */
export type Calibration = keyof typeof CALIBRATIONS;

/** The setting of a tool that harms least among those that keep the rate. */
export interface Tuned {
  readonly sweep: Sweep;
  readonly setting: number;
  readonly words: string;
  /** The worst measured false-alarm rate over the calibration's releases. */
  readonly rate: number;
  /** Geometric mean over the faults of the mean requests harmed. */
  readonly harmed: number;
  /** Settings that keep the rate, and all that were tried. */
  readonly kept: number;
  readonly tried: number;
}

const WORDS: Readonly<Record<Sweep, (setting: number) => string>> = {
  coalmine: describePromise,
  'coalmine-10s': describePromise,
  flagger: describeFlagger,
  argo: describeArgo,
  kayenta: describeKayenta,
};

/**
 * Tries every setting of a sweep. Whoever tunes knows all faults beforehand: no user can do better. Undefined when
 * no setting keeps the rate, or when the releases to calibrate on were not run.
 */
export function bestTuned(
  sweep: Sweep,
  calibration: Calibration,
  {
    good,
    faults,
  }: { readonly good: readonly ScenarioResults[]; readonly faults: readonly ScenarioResults[] },
): Tuned | undefined {
  const wanted: readonly string[] = CALIBRATIONS[calibration];
  const calibrating = good.filter(({ scenario }) => wanted.includes(scenario.id));
  if (calibrating.length < wanted.length || faults.length === 0) return undefined;
  let best: Tuned | undefined;
  let kept = 0;
  const tried = SWEEPS[sweep];
  for (let setting = 0; setting < tried; setting += 1) {
    const rate = Math.max(...calibrating.map((results) => results.shareStopped(sweep, setting)));
    if (rate > EQUAL_RATE) continue;
    kept += 1;
    const harmed = geometricMean(
      faults.map((results) => Math.max(results.harmedUnder(sweep, setting), 0.01)),
    );
    if (best === undefined || harmed < best.harmed)
      best = { sweep, setting, words: WORDS[sweep](setting), rate, harmed, kept: 0, tried };
  }
  return best === undefined ? undefined : { ...best, kept };
}
