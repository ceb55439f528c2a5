import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { randomFrom, type Random } from '../../bench/random.ts';
import {
  addAssignment,
  beginAssignment,
  isMismatch,
  judgeAssignment,
  mismatchReason,
  type Assignment,
} from './assignment.ts';
import { NO_REQUESTS, type Tick } from './measurement.ts';

type Choices = number | undefined;

function tickOf(candidate: Choices, control: Choices, plannedShare?: number): Tick {
  const counters = (assigned: Choices) => ({
    ...NO_REQUESTS,
    ...(assigned === undefined ? {} : { assigned }),
  });
  return {
    ms: 1_000,
    candidate: counters(candidate),
    control: counters(control),
    ...(plannedShare === undefined ? {} : { plannedShare }),
  };
}

function mismatchIn(assignment: Assignment | undefined): boolean {
  const judgement = judgeAssignment(assignment);
  return judgement !== undefined && isMismatch(judgement);
}

describe('how traffic was divided', () => {
  /** Made by scripts/golden/sequential.py. */
  const golden = JSON.parse(
    readFileSync(new URL('stats/sequential.golden.json', import.meta.url), 'utf8'),
  ) as {
    readonly mismatch: readonly (readonly [
      planned: number,
      candidate: number,
      control: number,
      expected: number,
    ])[];
  };

  test.each(golden.mismatch.map((row) => [row] as const))(
    'agrees with an independent computation: %o',
    (row) => {
      const [planned, here, there, expected] = row;
      const judgement = judgeAssignment(addAssignment(undefined, tickOf(here, there, planned)));
      expect(judgement?.mismatch.logE).toBeCloseTo(expected, 7);
      expect(judgement).toMatchObject({ assigned: here + there, share: here / (here + there), planned });
    },
  );

  test('is not known where nothing is divided or nothing told', () => {
    for (const tick of [tickOf(5, 5), tickOf(undefined, undefined, 0.5), tickOf(5, 5, 0), tickOf(5, 5, 1)])
      expect(addAssignment(undefined, tick)).toBeUndefined();
    expect(judgeAssignment(undefined)).toBeUndefined();
  });

  test('a track that was never chosen is proved left out, with a reason in numbers', () => {
    const judgement = judgeAssignment(addAssignment(undefined, tickOf(undefined, 1_204, 0.05)));
    expect(judgement && isMismatch(judgement)).toBe(true);
    expect(judgement && mismatchReason(judgement)).toBe(
      'traffic is not divided as planned: 0 % of 1,204 assignments went to the canary, 5 % were planned; the tracks cannot be compared',
    );
  });

  test('begins anew with a step and with another planned share, at a stricter limit', () => {
    const first = addAssignment(undefined, tickOf(900, 100, 0.1));
    expect(mismatchIn(first)).toBe(true);
    const second = beginAssignment(first);
    expect(second).toEqual({ stretch: 2, planned: 0.1, candidate: 0, control: 0 });
    expect(beginAssignment(second)).toEqual(second);
    const third = addAssignment(addAssignment(second, tickOf(10, 90, 0.1)), tickOf(50, 50, 0.5));
    expect(third).toEqual({ stretch: 3, planned: 0.5, candidate: 50, control: 50 });
    expect(mismatchIn(third)).toBe(false);
    const limits = [first, second, third].map((one) => judgeAssignment(one)?.mismatch.logLimit ?? 0);
    expect(limits.map((limit) => Math.round(Math.exp(limit)))).toEqual([2_000, 6_000, 12_000]);
  });

  test.each([NaN, -3, Infinity, 1e300])('%d choices count nothing', (assigned) => {
    expect(addAssignment(undefined, tickOf(assigned, 3, 0.5))).toMatchObject({ candidate: 0, control: 3 });
  });

  test('huge numbers of choices give numbers', () => {
    const judgement = judgeAssignment(addAssignment(undefined, tickOf(1e15, 1e15, 0.3)));
    expect(Number.isFinite(judgement?.mismatch.logE)).toBe(true);
    expect(judgement && isMismatch(judgement)).toBe(true);
  });
});

describe('over releases of four steps', () => {
  const RUNS = 2_000;

  /** After how many choices one run is called invalid; undefined when it never is. */
  function invalidAfter(shares: readonly number[], bias: number, random: Random): number | undefined {
    let assignment: Assignment | undefined;
    let choices = 0;
    for (let second = 0; second < 60 * shares.length; second += 1) {
      const planned = shares[Math.floor(second / 60)]!;
      if (second % 60 === 0) assignment = beginAssignment(assignment);
      const all = random.poisson(200);
      const candidate = random.binomial(all, planned * bias);
      choices += all;
      assignment = addAssignment(assignment, tickOf(candidate, all - candidate, planned));
      if (mismatchIn(assignment)) return choices;
    }
    return undefined;
  }

  function invalids(shares: readonly number[], bias: number): readonly number[] {
    const runs = Array.from({ length: RUNS }, (_, run) =>
      invalidAfter(shares, bias, randomFrom(77_000 + run)),
    );
    return runs.filter((choices) => choices !== undefined);
  }

  test('traffic divided as planned is hardly ever called invalid', () => {
    // 0.1 % of the runs and four standard errors.
    expect(invalids([0.05, 0.1, 0.25, 0.5], 1).length).toBeLessThanOrEqual(7);
  });

  test('a tenth that is an eighth is found, within ten thousand choices mostly', () => {
    const found = invalids([0.1], 1.25).toSorted((a, b) => a - b);
    expect(found.length).toBeGreaterThan(0.9 * RUNS);
    expect(found[RUNS / 2]).toBeLessThan(10_000);
  });
});
