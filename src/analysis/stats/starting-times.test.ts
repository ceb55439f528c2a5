import { expect, test } from 'vitest';
import {
  addToStarts,
  logOverStarts,
  nextStart,
  startingTimes,
  type StartingTimes,
} from './starting-times.ts';

const logOf = (sum: number): number => sum;
const STARTED = { nothing: 0, logEvidence: logOf };
/** A tick of a second, or of `ms`, that adds to every process. */
const add = (times: StartingTimes<number>, amount: number, ms = 1_000): StartingTimes<number> =>
  addToStarts(times, { ms, add: (sum) => sum + amount }, STARTED);
const next = (times: StartingTimes<number>): StartingTimes<number> => nextStart(times, STARTED);

test('the evidence is the mean over starting times, with finished steps frozen and later ones at their stake', () => {
  let times = next(startingTimes(4, 0));
  times = next(add(times, -3));
  times = add(times, 5);
  const steps = 0.075 * (Math.exp(-3) + Math.exp(5) + 1 + 1);
  const expected = 0.5 * Math.exp(2) + steps + 0.1 * Math.exp(2) + 0.1;
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
  expect(logOverStarts(times, logOf)).toBeCloseTo(Math.log((0.5 + 0.15 + 0.1) * Math.exp(4) + 0.25), 12);
});

test('steps beyond the plan prolong the last one', () => {
  let times = startingTimes(1, 0);
  for (let step = 0; step < 3; step += 1) times = add(next(times), 2);
  expect(logOverStarts(times, logOf)).toBeCloseTo(Math.log(0.9 * Math.exp(6) + 0.1), 12);
});

test('harm that begins in the last step is found although the release began well', () => {
  let times = startingTimes(4, 0);
  for (let step = 0; step < 3; step += 1) times = add(next(times), -40);
  times = add(next(times), 9);
  expect(logOverStarts(times, logOf)).toBeGreaterThan(6.4);
});

test('harm that begins late in a step is found although the step began well', () => {
  let times = next(startingTimes(1, 0));
  for (let minute = 0; minute < 10; minute += 1) times = add(times, -20, 60_000);
  times = add(times, 12);
  expect(logOverStarts(times, logOf)).toBeGreaterThan(5.5);
});

test('the stakes of the minutes add up, however many there were', () => {
  let times = next(startingTimes(1, 0));
  for (let minute = 0; minute < 100; minute += 1) times = add(times, 0, 60_000);
  expect(logOverStarts(times, logOf)).toBeCloseTo(0, 12);
});
