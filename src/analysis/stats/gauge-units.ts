import type { UnitValues } from '../measurement.ts';
import { extended, nextStretch, NO_TREND, short, type Trend } from './trend.ts';

/** One process or pod. Few and short fields, since there are many units in a status. */
export interface Unit {
  readonly name: string;
  /** Blocks counted, up to those that are needed; below 0 while a unit that came later warms up. */
  readonly age: number;
  /** The mean of its last blocks, the newest weighing a third. */
  readonly mean: number;
  /** The block under way: for how long it was measured, in minutes, and its mean so far. */
  readonly block: readonly [minutes: number, mean: number];
  /** Growth since a while ago, … */
  readonly long: Trend;
  /** … and since later, to go on with when that is too long ago. */
  readonly young: Trend;
}

/** The units of one track. */
export interface GaugeTrack {
  /** True once there were any: those that come later are fresh ones among grown ones. */
  readonly seen: boolean;
  readonly units: readonly Unit[];
}

/** No units yet. */
export const NO_UNITS: GaugeTrack = { seen: false, units: [] };

/** Blocks of one minute that a unit is measured for before it counts, and that one that came later is given first. */
export const BLOCKS_TO_COUNT = 3;

/** Units kept of each track; more would hardly tell more. */
const MOST_UNITS = 25;
/** The part of a block that a unit must have been there for. */
const COVERED = 0.9;
/** Larger values are no measurements, and their squares no numbers. */
const LARGEST_VALUE = 1e100;
const NO_BLOCK: Unit['block'] = [0, 0];

/** The values that are measurements: numbers from 0 on. */
export function measuredIn(values: UnitValues): ReadonlyMap<string, number> {
  return new Map(Object.entries(values).filter(([, value]) => value >= 0 && value < LARGEST_VALUE));
}

/** With values that held for so many minutes. Units that are not named were not there. */
export function withValues(
  { seen, units }: GaugeTrack,
  values: ReadonlyMap<string, number>,
  minutes: number,
): GaugeTrack {
  const known = units.map((unit) => {
    const value = values.get(unit.name);
    return value === undefined ? unit : { ...unit, block: withValue(unit.block, value, minutes) };
  });
  const names = new Set(known.map(({ name }) => name));
  const others = [...values].filter(([name]) => !names.has(name)).slice(0, MOST_UNITS - known.length);
  const age = seen ? -BLOCKS_TO_COUNT : 0;
  const fresh = others.map(([name, value]): Unit => {
    const block = withValue(NO_BLOCK, value, minutes);
    return { name, age, mean: value, block, long: NO_TREND, young: NO_TREND };
  });
  return { seen: true, units: [...known, ...fresh] };
}

function withValue([before, mean]: Unit['block'], value: number, minutes: number): Unit['block'] {
  const total = before + minutes;
  return [short(total), short(mean + (minutes / total) * (value - mean))];
}

/** A unit that may be compared. */
export interface CountedUnit extends Unit {
  /** The mean of its newest block. */
  readonly now: number;
}

/** A track at the end of a block. */
export interface ClosedBlock {
  readonly track: GaugeTrack;
  /** Those that were there all the time, and long enough before, so that they may be compared. */
  readonly counted: readonly CountedUnit[];
}

/**
 * Ends a block. `at`: its middle, in minutes; absent when the step changed in it, so that it says nothing about
 * growth. Units that were not there are gone.
 */
export function closeBlock({ seen, units }: GaugeTrack, at: number | undefined): ClosedBlock {
  const there = units.filter(({ block }) => block[0] > 0);
  const ended = there.map((unit) => ({
    unit: afterBlock(unit, at),
    now: unit.block[1],
    isCovered: isCovered(unit),
  }));
  const counted = ended.filter(({ unit, isCovered }) => isCovered && unit.age >= BLOCKS_TO_COUNT);
  return {
    track: { seen, units: ended.map(({ unit }) => unit) },
    counted: counted.map(({ unit, now }) => ({ ...unit, now })),
  };
}

function isCovered({ block }: Unit): boolean {
  return block[0] >= COVERED;
}

function afterBlock(unit: Unit, at: number | undefined): Unit {
  const { age, mean, long, young } = unit;
  const now = unit.block[1];
  const next = { ...unit, block: NO_BLOCK };
  if (!isCovered(unit)) return next;
  if (age < 0) return { ...next, age: age + 1 };
  const share = 1 / Math.min(age + 1, BLOCKS_TO_COUNT);
  return {
    ...next,
    age: Math.min(age + 1, BLOCKS_TO_COUNT),
    mean: short(mean + share * (now - mean)),
    ...(at === undefined ? {} : { long: extended(long, at, now), young: extended(young, at, now) }),
  };
}

/** A step begins: what jumps between two steps is not growth. */
export function inNewStretch({ seen, units }: GaugeTrack): GaugeTrack {
  const stretched = ({ long, young, ...unit }: Unit): Unit => ({
    ...unit,
    long: nextStretch(long),
    young: nextStretch(young),
  });
  return { seen, units: units.map(stretched) };
}

/** Growth of long ago is forgotten. */
export function rejuvenated({ seen, units }: GaugeTrack): GaugeTrack {
  return { seen, units: units.map((unit) => ({ ...unit, long: unit.young, young: NO_TREND })) };
}
