import { expect, test } from 'vitest';
import {
  addToStarts,
  logOverStarts,
  nextStart,
  startingTimes,
  type StartingTimes,
} from './starting-times.ts';

const logOf = (sum: number): number => sum;
const add = (times: StartingTimes<number>, amount: number): StartingTimes<number> =>
  addToStarts(times, (sum) => sum + amount);
const next = (times: StartingTimes<number>): StartingTimes<number> => nextStart(times, 0, logOf);

test('the evidence is the mean over starting times, with finished steps frozen and later ones at their stake', () => {
  let times = next(startingTimes(4, 0));
  times = next(add(times, -3));
  times = add(times, 5);
  const expected = 0.5 * Math.exp(2) + 0.125 * (Math.exp(-3) + Math.exp(5) + 1 + 1);
  expect(logOverStarts(times, logOf)).toBeCloseTo(Math.log(expected), 12);
});

test('nothing seen is evidence of nothing, before the first step and after empty ones', () => {
  let times = startingTimes(3, 0);
  for (let step = 0; step < 5; step += 1) {
    expect(logOverStarts(times, logOf)).toBeCloseTo(0, 12);
    times = next(times);
  }
});

test('a tick before any step belongs to the first', () => {
  const times = next(add(startingTimes(2, 0), 4));
  expect(logOverStarts(times, logOf)).toBeCloseTo(
    Math.log(0.5 * Math.exp(4) + 0.25 * Math.exp(4) + 0.25),
    12,
  );
});

test('steps beyond the plan prolong the last one', () => {
  let times = startingTimes(1, 0);
  for (let step = 0; step < 3; step += 1) times = add(next(times), 2);
  expect(logOverStarts(times, logOf)).toBeCloseTo(6, 12);
});

test('harm that begins in the last step is found although the release began well', () => {
  let times = startingTimes(4, 0);
  for (let step = 0; step < 3; step += 1) times = add(next(times), -40);
  times = add(next(times), 9);
  expect(logOverStarts(times, logOf)).toBeGreaterThan(6.9);
});
