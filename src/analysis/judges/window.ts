import type { Exposure, Sample, UnitValues } from '../measurement.ts';
import { addToRun, EMPTY_RUN, runQuantile, totalOf, type BucketRun } from '../stats/bucket-run.ts';
import type { Measured } from './judge.ts';

/** What was measured since the last measurement was taken. Plain JSON. */
export interface Window {
  /** How much of the time until the next measurement is over. */
  readonly ms: number;
  readonly candidate: ArmWindow;
  readonly control: ArmWindow;
  /** Why something could not be measured, when nothing has been since. */
  readonly missing?: string;
}

/** One arm's part. A metric fills one of counts, values and units. */
export interface ArmWindow {
  /** How long its events were counted. */
  readonly ms: number;
  readonly counts: Exposure;
  readonly values: BucketRun;
  /** The newest reading of a gauge, by the names of its units; text where JSON has no number: NaN, infinities. */
  readonly units: readonly (number | string)[];
}

const EMPTY_ARM: ArmWindow = { ms: 0, counts: { trials: 0, events: 0 }, values: EMPTY_RUN, units: [] };

/** Nothing measured yet. */
export const EMPTY_WINDOW: Window = { ms: 0, candidate: EMPTY_ARM, control: EMPTY_ARM };

/** The window with a tick added. */
export function widened(window: Window, { ms, sample }: Measured<Sample['kind']>): Window {
  const longer = window.ms + ms;
  if (sample.kind === 'missing') return { ...window, ms: longer, missing: sample.reason };
  const arm = (side: Side): ArmWindow => withMore(window[side], side, { ms, sample });
  return { ms: longer, candidate: arm('candidate'), control: arm('control') };
}

/**
 * The window after a measurement: empty, but late ticks do not delay the ones to come. A tick of many windows is
 * one measurement and the count of time starts anew, so that no window is much shorter than the others.
 */
export function restarted({ ms, missing }: Window, everyMs: number): Window {
  const late = ms - everyMs;
  const told = missing === undefined ? {} : { missing };
  return { ...EMPTY_WINDOW, ...told, ms: late < everyMs / 2 ? late : 0 };
}

type Side = 'candidate' | 'control';

function withMore(
  arm: ArmWindow,
  side: Side,
  { ms, sample }: Measured<Exclude<Sample['kind'], 'missing'>>,
): ArmWindow {
  switch (sample.kind) {
    case 'counts':
      return withCounts(arm, sample[side], ms);
    case 'distribution':
      return { ...arm, values: addToRun(arm.values, sample[side]) };
    case 'gauge':
      return withUnits(arm, sample[side]);
  }
}

function withCounts(arm: ArmWindow, { trials, events }: Exposure, ms: number): ArmWindow {
  if (trials === 0) return arm;
  const counts = { trials: arm.counts.trials + trials, events: arm.counts.events + events };
  return { ...arm, ms: arm.ms + ms, counts };
}

/** A reading replaces the one before: a unit that is gone is no longer judged. */
function withUnits(arm: ArmWindow, values: UnitValues): ArmWindow {
  const names = Object.keys(values).sort();
  return names.length === 0 ? arm : { ...arm, units: names.map((name) => asJson(values[name] ?? NaN)) };
}

/** A number that survives JSON; `Number()` makes it one again. */
export function asJson(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

/** What one arm's window comes to, in the unit of the metric. */
export interface WindowValue {
  /** The ratio, the quantile, events per second; of a gauge the mean of its units. */
  readonly usual: number;
  /** Of the units of a gauge that have a number; NaN when none has. Else as `usual`. */
  readonly highest: number;
  readonly lowest: number;
  readonly units: readonly number[];
  /** Trials, events (of a rate), values or units. */
  readonly samples: number;
}

/** What one number stands for a window. */
export interface Summing {
  /** Of a distribution, between 0 and 1. */
  readonly quantile: number;
  /** True: events per second; false: events per trial. */
  readonly perSecond: boolean;
}

/** The value of an arm's window; undefined when nothing was measured. */
export function valueOf(arm: ArmWindow, { quantile, perSecond }: Summing): WindowValue | undefined {
  if (arm.units.length > 0) return ofUnits(arm.units.map(Number));
  const { trials, events } = arm.counts;
  if (trials > 0 && perSecond) return arm.ms > 0 ? ofOne((events / arm.ms) * 1_000, events) : undefined;
  if (trials > 0) return ofOne(events / trials, trials);
  const value = runQuantile(arm.values, quantile);
  return value === undefined ? undefined : ofOne(value, totalOf(arm.values));
}

function ofOne(value: number, samples: number): WindowValue {
  return { usual: value, highest: value, lowest: value, units: [value], samples };
}

function ofUnits(units: readonly number[]): WindowValue {
  const numbers = units.filter((value) => !Number.isNaN(value));
  const extreme = (pick: (a: number, b: number) => number): number =>
    numbers.length === 0 ? NaN : numbers.reduce((a, b) => pick(a, b));
  return {
    usual: units.reduce((sum, value) => sum + value, 0) / units.length,
    highest: extreme(Math.max),
    lowest: extreme(Math.min),
    units,
    samples: units.length,
  };
}
