import { describe, expect, test } from 'vitest';
import { aRollout, anAnalysis } from '../../test/engine/rollouts.ts';
import { bucketOf, NO_REQUESTS, type TrackCounters } from '../analysis/measurement.ts';
import { runOf } from '../analysis/standing.ts';
import { FULL_SHARE } from '../base/share.ts';
import type { Analysis, RevisionId, Rollout } from '../rollout/model.ts';
import type { Look } from './look.ts';
import { brokenPromise, isCountedAs, standingAtRest, withHalves, type StandingState } from './standing.ts';
import { NEW_STATUS, type Reading } from './status.ts';

const STABLE = 'r1-a' as RevisionId;
const NOW = 1_700_000_000_000;
/** Two analysed steps of two minutes each: what `aRollout` has. */
const RUN_MS = 240_000;

function rollout(analysis: Partial<Analysis> = {}): Rollout {
  return aRollout({ analysis: anAnalysis({ standingAA: true, ...analysis }) });
}

function look(what: Partial<Look> = {}): Look {
  return { rollout: rollout(), status: { ...NEW_STATUS, stable: STABLE }, seen: {}, now: NOW, ...what };
}

function counters(requests: number, errors = 0): TrackCounters {
  return { requests, errors, latency: requests === 0 ? [] : [[bucketOf(80), requests]] };
}

interface Counted {
  readonly state: StandingState;
  readonly at: number;
  readonly a?: TrackCounters;
  readonly b?: TrackCounters;
  readonly epoch?: string;
  readonly run?: string;
}

/** The state after a look at counters of the run under way, unless told otherwise. */
function after({ state, at, a = NO_REQUESTS, b = NO_REQUESTS, epoch = 'e1', run }: Counted): StandingState {
  const halves = { run: run ?? runOf(state.standing), a, b };
  const reading: Reading = { epoch, at: NOW + at, series: [], halves };
  return standingAtRest(look({ seen: { reading } }), state) ?? started();
}

function started(): StandingState {
  const state = standingAtRest(look(), undefined);
  if (state === undefined) throw new Error('it is wanted');
  return state;
}

/** One run of equal halves, but for the errors of b. */
function aRun(state: StandingState, errorsOfB: number): StandingState {
  const { number } = state.standing;
  let next = state;
  for (let at = 0, total = 0; next.standing.number === number; at += 5_000, total += 100) {
    next = after({ state: next, at, a: counters(total), b: counters(total, (total * errorsOfB) / 100) });
  }
  return next;
}

describe('stable is compared with itself', () => {
  test.each<[string, Partial<Look>]>([
    ['asked for', { rollout: rollout({ standingAA: false }) }],
    ['a stable revision', { status: NEW_STATUS }],
    ['checks that halves can be judged by', { rollout: rollout({ checks: [] }) }],
  ])('not without %s', (_, what) => {
    expect(standingAtRest(look(what), started())).toBeUndefined();
  });

  test('not without traffic to divide', () => {
    const { traffic: _, ...worker } = rollout();
    expect(standingAtRest(look({ rollout: worker }), started())).toBeUndefined();
  });

  test('in runs as long as the checks of a release', () => {
    let state = started();
    for (let at = 0; at <= RUN_MS; at += 5_000) {
      expect(state.standing.number).toBe(1);
      state = after({ state, at, a: counters(at), b: counters(at) });
    }
    expect(state.standing).toMatchObject({ number: 2, runs: 1, alarms: 0 });
    expect(state).not.toHaveProperty('reading');
  });

  test('from the counters of the run under way alone', () => {
    const state = after({ state: started(), at: 0 });
    expect(after({ state, at: 5_000, a: counters(9), run: 'another' })).toBe(state);
    expect(standingAtRest(look({ seen: {} }), state)).toBe(state);
    expect(after({ state, at: 5_000, a: counters(9) }).standing.measuredMs).toBe(5_000);
  });

  test.each<[string, Partial<Counted>]>([
    ['the gateway has started anew', { epoch: 'e2', a: counters(20) }],
    ['a counter has gone back', { a: counters(3) }],
    ['the controller, or a release, was in between', { at: 120_000, a: counters(20) }],
    ['the clock of the gateway went back', { at: 1_000, a: counters(20) }],
  ])('without the time in which %s, and goes on from there', (_, what) => {
    const first = after({ state: started(), at: 0 });
    const before = after({ state: first, at: 5_000, a: counters(10), b: counters(10) });
    const gap = after({ state: before, at: 10_000, b: counters(10), ...what });
    expect(gap.standing).toEqual(before.standing);
    const at = (what.at ?? 10_000) + 5_000;
    const next = after({ state: gap, at, a: counters(40), b: counters(40), epoch: what.epoch ?? 'e1' });
    expect(next.standing.measuredMs).toBe(10_000);
  });

  test('without the time of maintenance, in which nobody is served', () => {
    const first = after({ state: started(), at: 0 });
    const before = after({ state: first, at: 5_000, a: counters(10), b: counters(10) });
    const maintenance = { since: NOW, retryAfterMs: 60_000 };
    const halves = { run: runOf(before.standing), a: counters(10), b: counters(10) };
    const reading: Reading = { epoch: 'e1', at: NOW + 45_000, series: [], halves };
    const closed = [
      look({ status: { ...NEW_STATUS, stable: STABLE, maintenance }, seen: { reading } }),
      look({ seen: { reading, route: { parts: [], maintenance } } }),
    ];
    for (const one of closed) expect(standingAtRest(one, before)).toEqual({ standing: before.standing });
    const opened = after({
      state: { standing: before.standing },
      at: 50_000,
      a: counters(10),
      b: counters(10),
    });
    const next = after({ state: opened, at: 55_000, a: counters(20), b: counters(20) });
    expect(next.standing.measuredMs).toBe(10_000);
  });

  test('without saving every look at a quiet service', () => {
    const state = after({ state: started(), at: 0 });
    expect(after({ state, at: 5_000 })).toBe(state);
    const later = after({ state, at: 35_000 });
    expect(later).not.toBe(state);
    expect(later.standing).toBe(state.standing);
    const asked = after({ state: later, at: 70_000, a: counters(1) });
    expect(asked.standing.measuredMs).toBe(35_000);
  });

  test('anew when the checks are judged otherwise, not for another warm-up', () => {
    const state = aRun(started(), 0);
    const reading = (analysis: Partial<Analysis>): StandingState | undefined =>
      standingAtRest(look({ rollout: rollout(analysis), now: NOW + 1 }), state);
    expect(reading({ falseAlarms: 0.05 })?.standing).toMatchObject({ runs: 0, since: NOW + 1 });
    expect(reading({ warmUpMs: 60_000 })).toBe(state);
  });

  test('and says so when its promise is broken, until it is another promise', () => {
    let state = started();
    expect(brokenPromise(rollout(), state)).toBeUndefined();
    for (let run = 0; run < 4; run += 1) state = aRun(state, 30);
    expect(state.standing).toMatchObject({ runs: 4, alarms: 2 });
    expect(brokenPromise(rollout(), state)).toMatch(/1 % false alarms does not hold.*errors/);
    expect(brokenPromise(rollout({ falseAlarms: 0.5 }), state)).toBeUndefined();
    expect(brokenPromise(rollout({ standingAA: false }), state)).toBeUndefined();
    expect(brokenPromise(rollout(), undefined)).toBeUndefined();
  });

  test('in halves of stable that the route asks for, others in every run', () => {
    const route = { parts: [{ track: 'stable', revision: STABLE, weight: FULL_SHARE }] } as const;
    const first = started();
    const second = aRun(first, 0);
    const [one, two] = [first, second].map(
      (state) => withHalves({ groups: [], route }, state).route ?? route,
    );
    expect(one).toEqual({ parts: [{ ...route.parts[0], halves: { salt: runOf(first.standing) } }] });
    expect(two).not.toEqual(one);
    expect(withHalves({ groups: [], route }, undefined).route).toBe(route);
    if (one === undefined || two === undefined) throw new Error('there are two');
    expect(isCountedAs({ route: one }, one)).toBe(true);
    expect(isCountedAs({ route: one }, two)).toBe(false);
    expect(isCountedAs({ route }, one)).toBe(false);
    expect(isCountedAs({}, one)).toBe(false);
  });
});
