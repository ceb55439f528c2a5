import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { course, fleetOf, LEVEL, memoryCheck, type Fleet } from '../../../test/analysis/gauges.ts';
import type { Check, Metric, SequentialSettings } from '../../rollout/model.ts';
import type { CheckJudgement } from '../judgement.ts';
import type { UnitValues } from '../measurement.ts';
import { gaugeShift } from './gauge-shift.ts';
import type { CheckWith } from './judge.ts';

type GaugeCheck = CheckWith<SequentialSettings>;
type State = ReturnType<typeof gaugeShift.start>;

/** One on each track, with values around these. */
interface Tick {
  readonly candidate: UnitValues;
  readonly control: UnitValues;
}

function begun(check: GaugeCheck): State {
  return gaugeShift.beginStep(check, gaugeShift.start(3));
}

function withTick(check: GaugeCheck, state: State, [tick, ms]: readonly [Tick, number]): State {
  return gaugeShift.add(check, state, { ms, sample: { kind: 'gauge', ...tick } });
}

/** The same values for so many minutes, a tick a second. */
function held(check: GaugeCheck, state: State, [tick, minutes]: readonly [Tick, number]): State {
  let next = state;
  for (let second = 0; second < minutes * 60; second += 1) next = withTick(check, next, [tick, 1_000]);
  return next;
}

function said(check: GaugeCheck, state: State): CheckJudgement {
  return gaugeShift.judgement(check, state, 0.01);
}

function units(prefix: string, ...values: readonly number[]): UnitValues {
  return Object.fromEntries(values.map((value, index) => [`${prefix}${index}`, value]));
}

const STABLE = units('s', 97, 99, 100, 100, 101, 103);
const EQUAL = { candidate: units('c', 98, 102), control: STABLE };
const TWICE = { candidate: units('c', 196, 204), control: STABLE };
const HALF = { candidate: units('c', 49, 51), control: STABLE };

describe('a level', () => {
  const both = { limit: 1_000, withinMs: 3_600_000 };
  test.each<[string, GaugeCheck, Tick, string]>([
    ['twice as high is bad', memoryCheck(), TWICE, 'bad'],
    ['an equal one is not', memoryCheck(), EQUAL, 'undecided'],
    ['half as high is not', memoryCheck(), HALF, 'undecided'],
    ['within the margin it is not', memoryCheck({ worseBy: 1.2 }), TWICE, 'undecided'],
    ['half as high is bad when lower is worse', memoryCheck({}, { worse: 'lower' }), HALF, 'bad'],
    ['twice as high is not when lower is worse', memoryCheck({}, { worse: 'lower' }), TWICE, 'undecided'],
    ['both are bad when either is worse: higher', memoryCheck({}, { worse: 'either' }), TWICE, 'bad'],
    ['both are bad when either is worse: lower', memoryCheck({}, { worse: 'either' }), HALF, 'bad'],
    ['below the floor nothing is', memoryCheck({}, { floor: 300 }), TWICE, 'undecided'],
    ['above the floor it is', memoryCheck({}, { floor: 150 }), TWICE, 'bad'],
    ['above the floor nothing too low is', memoryCheck({}, { worse: 'lower', floor: 40 }), HALF, 'undecided'],
    ['below the floor it is', memoryCheck({}, { worse: 'lower', floor: 70 }), HALF, 'bad'],
    ['twice as high is bad beside a limit', memoryCheck({ exhaustion: both }), TWICE, 'bad'],
  ])('%s', (...[, check, tick, verdict]) => {
    expect(said(check, held(check, begun(check), [tick, 12])).verdict).toBe(verdict);
  });

  test('is first judged after three minutes, and found at once', () => {
    const check = memoryCheck();
    const early = held(check, begun(check), [TWICE, 2.9]);
    expect(said(check, early)).toEqual({
      name: 'memory',
      verdict: 'undecided',
      reason:
        'memory: units are first compared after 1 more minute with values on both tracks; no harm shown, evidence 0.1 of 100 needed',
      samples: 0,
      harm: { logE: Math.log(0.1), logLimit: -Math.log(0.01) },
    });
    expect(said(check, held(check, early, [TWICE, 0.2])).verdict).toBe('bad');
  });

  test('is told in its unit, with an interval', () => {
    const check = memoryCheck({ worseBy: 3 });
    const one = said(check, held(check, begun(check), [TWICE, 4]));
    expect(one).toMatchObject({
      candidate: 200,
      control: 100,
      samples: 2,
      effect: { of: 'mean', estimate: 2 },
    });
    expect(one.effect?.low).toBeGreaterThan(1.5);
    expect(one.effect?.high).toBeLessThan(2.5);
    const reasonOf = (metric: Metric, scale: number): string => {
      const other = { ...check, metric };
      const scaled = (values: UnitValues): UnitValues =>
        Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value * scale]));
      const tick = { candidate: scaled(TWICE.candidate), control: scaled(STABLE) };
      return said(other, held(other, begun(other), [tick, 4])).reason;
    };
    expect(reasonOf({ kind: 'usage', of: 'memory' }, 1e6)).toContain(
      '200 MB on average over 2 processes of the canary against 100 MB over 6 of stable;',
    );
    expect(reasonOf({ kind: 'usage', of: 'cpu' }, 0.01)).toContain('2 cores on average over 2 processes');
    const lag = { kind: 'value', source: 'prom', query: 'lag' } as const;
    expect(reasonOf({ ...lag, per: 'pod' }, 10)).toContain('2,000 on average over 2 pods of the canary');
    expect(reasonOf(lag, 10)).toContain('over 2 series');
  });

  test('of one process against one must be much higher, and says that it rests on an assumption', () => {
    const check = memoryCheck();
    const against = (value: number): CheckJudgement =>
      said(check, held(check, begun(check), [{ candidate: { c: value }, control: { s: 100 } }, 10]));
    expect(against(130).verdict).toBe('undecided');
    expect(against(170).verdict).toBe('undecided');
    expect(against(300).verdict).toBe('bad');
    expect(against(100).reason).toContain(
      'with one process on each side how much they differ by chance is assumed, not known',
    );
  });

  test('that rises late in a release is found late, not never', () => {
    const found = course(
      memoryCheck(),
      { candidates: 2, controls: 18, candidate: (minute) => (minute < 60 ? 1 : 1.5) },
      { minutes: 70, seed: 1 },
    );
    expect(found.badAt).toBeGreaterThan(60);
  });
});

describe('growth', () => {
  const fleet: Fleet = { candidates: 2, controls: 18 };
  const limit = { limit: 5.12 * LEVEL, withinMs: 24 * 3_600_000 };

  test('of a leak is found before the level shows it, and told beside that of stable', () => {
    const leak = { ...fleet, candidate: (minute: number) => 1 + 0.02 * minute };
    const { badAt, judgement } = course(memoryCheck(), leak, { minutes: 30, seed: 1 });
    expect(badAt).toBeLessThan(14);
    expect(judgement.reason).toMatch(/growing by [12]\.\d+ MB a minute while stable (grows|shrinks) by \d/);
  });

  test('that would soon reach a limit is told with the time it would take', () => {
    const leak = { ...fleet, candidate: (minute: number) => 1 + 0.02 * minute };
    const { judgement } = course(memoryCheck({ exhaustion: limit }), leak, { minutes: 30, seed: 1 });
    expect(judgement.verdict).toBe('bad');
    expect(judgement.reason).toMatch(
      /at this growth one reaches 512 MB in about [23](\.\d)? h \([12](\.\d)?–[3-9](\.\d)?\)/,
    );
  });

  test('too slow to reach the limit in time is not told', () => {
    const far = memoryCheck({ exhaustion: { limit: 100 * LEVEL, withinMs: 3_600_000 } });
    const { judgement } = course(far, fleet, { minutes: 20, seed: 1 });
    expect(judgement.verdict).toBe('undecided');
    expect(judgement.reason).not.toContain('reaches');
  });

  test('of free space that shrinks to nothing is a leak when lower is worse', () => {
    const shrinking = { ...fleet, candidate: (minute: number) => Math.max(0.05, 1 - 0.02 * minute) };
    const check = memoryCheck({ exhaustion: { limit: 0, withinMs: 3_600_000 } }, { worse: 'lower' });
    const { badAt, judgement } = course(check, shrinking, { minutes: 30, seed: 1 });
    expect(badAt).toBeLessThan(14);
    expect(judgement.reason).toMatch(/shrinking by .* reaches 0 B in about \d+ min/);
  });

  test('of a process that warms up to the level of the others is none', () => {
    const warming = { ...fleet, candidate: (minute: number) => 1 - 0.7 * Math.exp(-minute / 5) };
    const { judgement } = course(memoryCheck({ exhaustion: limit }), warming, { minutes: 60, seed: 1 });
    expect(judgement.verdict).toBe('undecided');
  });

  test('that both tracks share is none', () => {
    const shared = { ...fleet, common: (minute: number) => 1 + 0.03 * minute };
    expect(course(memoryCheck(), shared, { minutes: 60, seed: 1 }).judgement.verdict).toBe('undecided');
  });

  test('is not what jumps between two steps', () => {
    const check = memoryCheck({ worseBy: 0.5 });
    const samples = fleetOf(fleet, 1);
    let state = begun(check);
    for (let step = 0; step < 8; step += 1) {
      const factor = 1 + 0.06 * step;
      for (let tick = 0; tick < 30; tick += 1) {
        const { candidate, control } = samples.next().value;
        const more = Object.entries(candidate).map(([name, value]) => [name, value * factor]);
        const scaled = Object.fromEntries(more) as UnitValues;
        state = withTick(check, state, [{ candidate: scaled, control }, 10_000]);
      }
      state = gaugeShift.beginStep(check, state);
    }
    expect(said(check, state).reason).not.toContain('growing');
  });
});

describe('units', () => {
  const check = memoryCheck();

  test('that vanish are forgotten, and a process started again is another unit', () => {
    let state = held(check, begun(check), [EQUAL, 5]);
    const restarted = { candidate: units('c', 98, 102), control: { ...STABLE, s0: NaN, fresh: 3 } };
    state = held(check, state, [restarted, 3]);
    expect(state.control.units.map(({ name }) => name)).not.toContain('s0');
    expect(state.control.units.map(({ name }) => name)).toContain('fresh');
    expect(said(check, state)).toMatchObject({
      verdict: 'undecided',
      control: expect.closeTo(100.6, 5) as number,
    });
  });

  test('that come later are left out for their first minutes', () => {
    const more = { ...EQUAL, candidate: { ...EQUAL.candidate, late: 10_000 } };
    const state = held(check, held(check, begun(check), [EQUAL, 5]), [more, 5.5]);
    expect(said(check, state)).toMatchObject({ verdict: 'undecided', samples: 2 });
    expect(said(check, held(check, state, [more, 2])).samples).toBe(3);
  });

  test('that come and go within a minute do not count', () => {
    let state = begun(check);
    for (let second = 0; second < 600; second += 1) {
      const flicker: UnitValues = second % 60 < 40 ? { flicker: 100_000 } : {};
      state = withTick(check, state, [
        { candidate: { ...EQUAL.candidate, ...flicker }, control: STABLE },
        1_000,
      ]);
    }
    expect(said(check, state)).toMatchObject({ verdict: 'undecided', samples: 2 });
  });

  test('on one side only are not compared, and no time passes', () => {
    const alone = held(check, begun(check), [{ candidate: TWICE.candidate, control: {} }, 20]);
    expect(alone).toEqual(begun(check));
    expect(said(check, alone).verdict).toBe('undecided');
  });

  test.each([NaN, -1, Infinity, -Infinity, 1e200])('with the value %s are not measured', (value) => {
    const odd = { candidate: { ...EQUAL.candidate, odd: value }, control: { ...STABLE, odd: value } };
    expect(held(check, begun(check), [odd, 5])).toEqual(held(check, begun(check), [EQUAL, 5]));
  });

  test.each([
    ['all zero', 0, 0],
    ['the smallest number', Number.MIN_VALUE, Number.MIN_VALUE],
    ['the largest', 9e99, 9e99],
    ['alike', 100, 100],
  ])('that are %s are judged without an accident', (_, candidate, control) => {
    const tick = { candidate: units('c', candidate, candidate), control: units('s', control, control) };
    const all = memoryCheck({ exhaustion: { limit: 1e9, withinMs: 60_000 } }, { worse: 'either' });
    const one = said(all, held(all, begun(all), [tick, 9]));
    expect(one.harm?.logE).not.toBeNaN();
    expect(JSON.parse(JSON.stringify(one))).toEqual(one);
  });

  test('may have any name', () => {
    const names = ['__proto__', 'constructor', '', 'toString'];
    const named = (values: readonly number[]): UnitValues =>
      Object.fromEntries(names.map((name, index) => [name, values[index] ?? 0]));
    const tick = { candidate: named([98, 102, 99, 101]), control: named([97, 103, 99, 101]) };
    expect(said(check, held(check, begun(check), [tick, 5]))).toMatchObject({ samples: 4, candidate: 100 });
  });
});

describe('the state', () => {
  const check = memoryCheck({ exhaustion: { limit: 5 * LEVEL, withinMs: 3_600_000 } });

  function afterAnHour(fleet: Fleet): string {
    const samples = fleetOf(fleet, 1);
    let state = begun(check);
    let largest = '';
    for (let tick = 0; tick < 360; tick += 1) {
      const { candidate, control } = samples.next().value;
      const renamed = (values: UnitValues): UnitValues =>
        Object.fromEntries(Object.entries(values).map(([name, value]) => [`${name}-7c9d5f6b8-x2k9q`, value]));
      state = withTick(check, state, [{ candidate: renamed(candidate), control: renamed(control) }, 10_000]);
      const text = JSON.stringify(state);
      if (text.length > largest.length) largest = text;
      state = JSON.parse(text) as State;
    }
    return largest;
  }

  test('of twenty pods is at most four kilobytes', () => {
    expect(afterAnHour({ candidates: 2, controls: 18 }).length).toBeLessThanOrEqual(4_096);
  });

  test('of thousands is bounded', () => {
    expect(afterAnHour({ candidates: 100, controls: 1_000 }).length).toBeLessThanOrEqual(11_000);
  });

  test('does not depend on how time is cut into ticks', () => {
    const cut = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(cut, fc.integer({ min: 1, max: 1_000 }), (parts, seed) => {
        const samples = fleetOf({ candidates: 2, controls: 4, tickSeconds: 40 }, seed);
        let [whole, pieces] = [begun(check), begun(check)];
        for (let tick = 0; tick < 12; tick += 1) {
          const values = samples.next().value;
          whole = withTick(check, whole, [values, 40_000]);
          const sum = parts.reduce((total, part) => total + part, 0);
          for (const part of parts) pieces = withTick(check, pieces, [values, (40_000 * part) / sum]);
        }
        expect(gaugeShift.logHarm?.(check, pieces)).toBeCloseTo(gaugeShift.logHarm?.(check, whole) ?? NaN, 2);
        expect(pieces.blocks).toBe(whole.blocks);
      }),
      { numRuns: 40 },
    );
  });

  test('of a long gap counts the value of its end for a minute at most', () => {
    const late = withTick(check, begun(check), [TWICE, 3_600_000]);
    expect(late.minutes).toBe(1);
    expect(said(check, late).verdict).toBe('undecided');
  });
});

test('evidence is the greater the higher the candidate, and swapping the tracks swaps the directions', () => {
  const up = memoryCheck();
  const down: Check = memoryCheck({}, { worse: 'lower' });
  const logHarm = (check: GaugeCheck, { candidate, control }: Tick): number =>
    gaugeShift.logHarm?.(check, held(check, begun(check), [{ candidate, control }, 5])) ?? NaN;
  const candidate = fc.array(fc.integer({ min: 10, max: 300 }), { minLength: 1, maxLength: 3 });
  const factor = fc.double({ min: 1, max: 3, noNaN: true });
  fc.assert(
    fc.property(candidate, factor, (values, more) => {
      const scaled = values.map((value) => value * more);
      const tick = (of: readonly number[]): Tick => ({ candidate: units('c', ...of), control: STABLE });
      const swapped = { candidate: STABLE, control: units('c', ...scaled) };
      expect(logHarm(down as GaugeCheck, swapped)).toBeCloseTo(logHarm(up, tick(scaled)), 1);
      if (values.length > 1) return;
      expect(logHarm(up, tick(scaled))).toBeGreaterThanOrEqual(logHarm(up, tick(values)) - 1e-9);
    }),
    { numRuns: 25 },
  );
});
