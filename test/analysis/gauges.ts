import { gaugeShift } from '../../src/analysis/judges/gauge-shift.ts';
import type { CheckWith } from '../../src/analysis/judges/judge.ts';
import type { CheckJudgement } from '../../src/analysis/judgement.ts';
import type { UnitValues } from '../../src/analysis/measurement.ts';
import type { Check, SequentialSettings } from '../../src/rollout/model.ts';
import { randomFrom, type Random } from '../../bench/random.ts';

/** A check of the memory of processes, 10 % more of which is tolerated. */
export function memoryCheck(
  settings: Partial<SequentialSettings> = {},
  more: Pick<Partial<Check>, 'worse' | 'floor'> = {},
): CheckWith<SequentialSettings> {
  return {
    name: 'memory',
    metric: { kind: 'usage', of: 'memory' },
    judge: { kind: 'sequential', worseBy: 0.1, ...settings },
    weight: 1,
    ...more,
  };
}

/** Units of both tracks that differ from each other, and each of which wanders by itself. */
export interface Fleet {
  readonly candidates: number;
  readonly controls: number;
  /** Standard deviation between units, as a share of the level. */
  readonly offset?: number;
  /** Standard deviation of the wandering of one, and its correlation from one tick to the next. */
  readonly wander?: number;
  readonly correlation?: number;
  readonly tickSeconds?: number;
  /** The level of the candidate as a multiple of stable's, at a minute. */
  readonly candidate?: (minute: number) => number;
  /** The level of any unit, `phase` (between 0 and 1) being its own. */
  readonly common?: (minute: number, phase: number) => number;
}

/** The level around which stable's units are. */
export const LEVEL = 100_000_000;

interface Wanderer {
  readonly name: string;
  readonly offset: number;
  readonly phase: number;
  around: number;
}

/** What is measured, tick by tick, for ever. */
export function* fleetOf(
  fleet: Fleet,
  seed: number,
): Generator<{ readonly candidate: UnitValues; readonly control: UnitValues }, never, undefined> {
  const random = randomFrom(seed);
  const { tickSeconds = 10, candidate = () => 1, common = () => 1 } = fleet;
  const arms = { c: wanderers(fleet.candidates, fleet, random), s: wanderers(fleet.controls, fleet, random) };
  for (let second = 0; ; second += tickSeconds) {
    const valuesOf = (units: readonly Wanderer[], level: number): UnitValues =>
      Object.fromEntries(
        units.map((unit) => {
          const value = LEVEL * level * (unit.offset + step(unit, fleet, random));
          return [unit.name, Math.max(0, value * common(second / 60, unit.phase))];
        }),
      );
    yield { candidate: valuesOf(arms.c, candidate(second / 60)), control: valuesOf(arms.s, 1) };
  }
}

function wanderers(count: number, { offset = 0.03, wander = 0.02 }: Fleet, random: Random): Wanderer[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `web-${index}`,
    offset: 1 + offset * random.normal(),
    phase: random.next(),
    around: wander * random.normal(),
  }));
}

function step(unit: Wanderer, { wander = 0.02, correlation = 0.9 }: Fleet, random: Random): number {
  unit.around = correlation * unit.around + wander * Math.sqrt(1 - correlation ** 2) * random.normal();
  return unit.around;
}

/** How a release of one step went. */
export interface Course {
  /** When it was called bad, in minutes. */
  readonly badAt?: number;
  readonly judgement: CheckJudgement;
}

/** Judges a fleet until it is called bad, or the time is over. The check has all of a promise of 1 %. */
export function course(
  check: CheckWith<SequentialSettings>,
  fleet: Fleet,
  { minutes, seed }: { readonly minutes: number; readonly seed: number },
): Course {
  const ms = (fleet.tickSeconds ?? 10) * 1_000;
  const samples = fleetOf(fleet, seed);
  let state = gaugeShift.beginStep(check, gaugeShift.start(1));
  for (let passed = ms; passed <= minutes * 60_000; passed += ms) {
    state = gaugeShift.add(check, state, { ms, sample: { kind: 'gauge', ...samples.next().value } });
    const judgement = gaugeShift.judgement(check, state, 0.01);
    if (judgement.verdict === 'bad') return { badAt: passed / 60_000, judgement };
  }
  return { judgement: gaugeShift.judgement(check, state, 0.01) };
}

/** When runs with the seeds 1, 2, … were called bad, in minutes, earliest first; those that never were are left out. */
export function alarms(
  check: CheckWith<SequentialSettings>,
  fleet: Fleet,
  { minutes, runs }: { readonly minutes: number; readonly runs: number },
): readonly number[] {
  const times: number[] = [];
  for (let seed = 1; seed <= runs; seed += 1) {
    const { badAt } = course(check, fleet, { minutes, seed });
    if (badAt !== undefined) times.push(badAt);
  }
  return times.sort((a, b) => a - b);
}
