import type { SequentialSettings } from '../../rollout/model.ts';
import type { Effect } from '../judgement.ts';
import { forecastOf, logEvidenceOfExhaustion, type Forecast, type Limit } from '../stats/forecast.ts';
import {
  growthOf,
  logEvidenceOfGrowth,
  meanGrowth,
  type Grower,
  type Growth,
} from '../stats/gauge-growth.ts';
import {
  logEvidenceOfLevel,
  logEvidenceOfValue,
  ratioBetween,
  type GaugeArms,
} from '../stats/gauge-level.ts';
import type { GaugeNoise } from '../stats/gauge-noise.ts';
import type { CountedUnit } from '../stats/gauge-units.ts';
import { logMean } from '../stats/log-sum.ts';
import { partOfLook } from '../stats/looks.ts';
import { short } from '../stats/trend.ts';
import { meanOf, NOTHING_SEEN } from '../stats/unit-spread.ts';
import { inDirection, meanOver, type Direction } from './direction.ts';
import type { CheckWith } from './judge.ts';

/** A check of a gauge. */
export type GaugeCheck = CheckWith<SequentialSettings>;

/** What is looked at: the units that may be compared. */
export interface GaugeView {
  readonly candidate: readonly CountedUnit[];
  readonly control: readonly CountedUnit[];
  readonly noise: GaugeNoise;
}

/** What one look says: log e-values by kind of harm, those that could be had, and what was seen. */
export interface GaugeLook {
  readonly level: number;
  readonly leak?: number;
  readonly exhaustion?: number;
  readonly seen: GaugeSight;
}

/** What a look saw: means in the unit of the metric. */
export interface GaugeSight {
  readonly candidate: number;
  readonly control: number;
  /** How many units. */
  readonly candidates: number;
  readonly controls: number;
  /** Per minute. */
  readonly growth?: { readonly candidate: number; readonly control: number };
  readonly forecast?: Forecast;
  readonly effect?: Effect;
}

/** The level at which growth begins to count has half of all evidence on its side. */
const EVEN = 0;
const MINUTES_PER_HOUR = 60;
const MS_PER_MINUTE = 60_000;
/** Of the interval that is shown. */
const ERROR_RATE = 0.05;

/** Looks at the units. `number`: of the look, from 1 on. */
export function lookAt(check: GaugeCheck, view: GaugeView, number: number): GaugeLook {
  const levels = {
    candidate: view.candidate.map(({ mean }) => mean),
    control: view.control.map(({ mean }) => mean),
  };
  const level = meanOver(check, (direction) =>
    logLevel(check, armsOf(levels, view.noise, direction), direction),
  );
  const effect = ratioBetween(armsOf(levels, view.noise, 'up'), ERROR_RATE * partOfLook(number));
  const seen: GaugeSight = {
    candidate: short(meanOf(levels.candidate)),
    control: short(meanOf(levels.control)),
    candidates: view.candidate.length,
    controls: view.control.length,
    ...(effect === undefined ? {} : { effect: { of: 'mean', ...effect } }),
  };
  const growth = growthOf(view);
  if (growth === undefined) return { level, seen };
  const grown = { level, leak: logLeak(check, view, growth), seen: { ...seen, growth: meanGrowth(growth) } };
  const limit = limitOf(check, seen.control);
  if (limit === undefined) return grown;
  const forecast = forecastOf(growth.candidate, limit, growth.spread);
  return {
    ...grown,
    exhaustion: logExhaustion(check, { view, growth }, limit),
    seen: { ...grown.seen, ...(forecast === undefined ? {} : { forecast }) },
  };
}

interface Values {
  readonly candidate: readonly number[];
  readonly control: readonly number[];
}

function armsOf({ candidate, control }: Values, noise: GaugeNoise, direction: Direction): GaugeArms {
  return direction === 'up'
    ? { suspect: candidate, reference: control, noise }
    : { suspect: control, reference: candidate, noise };
}

function nowOf({ candidate, control }: GaugeView): Values {
  return { candidate: candidate.map(({ now }) => now), control: control.map(({ now }) => now) };
}

/** Both "within the margin" and "on the good side of the floor" must be refuted: the smaller of the two e-values. */
function logLevel(check: GaugeCheck, arms: GaugeArms, direction: Direction): number {
  const beyond = logEvidenceOfLevel(arms, 1 + check.judge.worseBy);
  const floor = inDirection(check, direction, check.floor);
  if (floor === undefined) return beyond;
  const whose = direction === 'up' ? 'suspect' : 'reference';
  return Math.min(beyond, logEvidenceOfValue(arms, whose, floor));
}

/**
 * A leak grows faster than stable does, by more than the margin per hour. It counts once the level itself is rather
 * beyond the margin than not: until then the growth may be that of a process warming up.
 */
function logLeak(check: GaugeCheck, view: GaugeView, growth: Growth): number {
  const values = nowOf(view);
  const tolerated = (check.judge.worseBy * meanOf(values.control)) / MINUTES_PER_HOUR;
  return meanOver(check, (direction) => {
    if (logLevel(check, armsOf(values, view.noise, direction), direction) < EVEN) return NOTHING_SEEN;
    return logEvidenceOfGrowth(growth, direction === 'up' ? 1 : -1, tolerated);
  });
}

function limitOf({ judge: { exhaustion }, worse }: GaugeCheck, control: number): Limit | undefined {
  if (exhaustion === undefined) return undefined;
  const isBelow = worse === 'either' ? exhaustion.limit < control : worse === 'lower';
  const withinMinutes = Math.max(1, exhaustion.withinMs / MS_PER_MINUTE);
  return { sign: isBelow ? -1 : 1, value: exhaustion.limit, withinMinutes };
}

interface Growing {
  readonly view: GaugeView;
  readonly growth: Growth;
}

/** Some unit of the candidate will reach the limit: the mean over its units. */
function logExhaustion(check: GaugeCheck, { view, growth }: Growing, limit: Limit): number {
  const control = view.control.map(({ now }) => now);
  const tolerated = warmUpMargin(check, limit, meanOf(control));
  return logMean(
    growth.candidate.map((unit: Grower) => {
      const values = { candidate: [unit.now], control };
      const arms = armsOf(values, view.noise, limit.sign === 1 ? 'up' : 'down');
      if (logEvidenceOfLevel(arms, tolerated) < EVEN) return NOTHING_SEEN;
      return logEvidenceOfExhaustion(unit, limit, growth.spread);
    }),
  );
}

/** As for a leak, but where the margin reaches beyond the limit, from half of the way to it on. */
function warmUpMargin({ judge }: GaugeCheck, { sign, value }: Limit, control: number): number {
  const halfWay = sign === 1 ? (1 + value / control) / 2 : (2 * control) / (control + value);
  return Math.max(1, Math.min(1 + judge.worseBy, Number.isNaN(halfWay) ? Infinity : halfWay));
}
