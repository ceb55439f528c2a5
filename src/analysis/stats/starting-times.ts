import { logWeightedSum } from './log-sum.ts';

/**
 * Evidence of harm over a release, when nobody knows when harm begins: one process that starts with the release, one
 * that starts with each step, and one that starts with each minute. Their stakes are fixed beforehand: a part for the
 * release; a part split evenly over the planned steps; and a part for the minutes, of which the k-th gets
 * 1/(k(k+1)). What has not begun holds its stake (an e-value of 1), what is over is frozen. Weights fixed beforehand
 * make the mean of e-processes an e-process again.
 */
export interface StartingTimes<Sums> {
  readonly planned: number;
  readonly begun: number;
  readonly release: Sums;
  readonly step: Sums;
  /** Log e-values of finished steps. */
  readonly finished: readonly number[];
  readonly minute: Sums;
  /** How much of the minute under way is measured. */
  readonly minuteMs: number;
  /** Minutes that are over, and the logarithm of the sum of their e-values by stake; absent before the first. */
  readonly minutes: number;
  readonly logMinutes?: number;
}

/** The process that is started again and again. */
export interface Started<Sums> {
  /** What it has seen when it starts. */
  readonly nothing: Sums;
  readonly logEvidence: (sums: Sums) => number;
}

const RELEASE_STAKE = 0.5;
const STEPS_STAKE = 0.3;
const MINUTES_STAKE = 0.2;
const MINUTE_MS = 60_000;

/** Before the first step; `nothing` is what a process has seen when it starts. */
export function startingTimes<Sums>(planned: number, nothing: Sums): StartingTimes<Sums> {
  return {
    planned: Math.max(1, planned),
    begun: 0,
    release: nothing,
    step: nothing,
    finished: [],
    minute: nothing,
    minuteMs: 0,
    minutes: 0,
  };
}

/** A step begins. One more than planned prolongs the last: there is no stake left for it. */
export function nextStart<Sums>(times: StartingTimes<Sums>, started: Started<Sums>): StartingTimes<Sums> {
  if (times.begun === 0) return { ...times, begun: 1 };
  if (times.begun >= times.planned) return times;
  const finished = [...times.finished, started.logEvidence(times.step)];
  return { ...times, begun: times.begun + 1, step: started.nothing, finished };
}

/** Adds a tick to the processes that run. A tick belongs wholly to the minute that it begins in. */
export function addToStarts<Sums>(
  times: StartingTimes<Sums>,
  { ms, add }: { readonly ms: number; readonly add: (sums: Sums) => Sums },
  started: Started<Sums>,
): StartingTimes<Sums> {
  const current = times.minuteMs >= MINUTE_MS ? nextMinute(times, started) : times;
  return {
    ...current,
    begun: Math.max(1, current.begun),
    release: add(current.release),
    step: add(current.step),
    minute: add(current.minute),
    minuteMs: current.minuteMs + ms,
  };
}

function nextMinute<Sums>(
  times: StartingTimes<Sums>,
  { nothing, logEvidence }: Started<Sums>,
): StartingTimes<Sums> {
  const logMinutes = logWeightedSum([...minutesOver(times), [minuteStake(times), logEvidence(times.minute)]]);
  return { ...times, minute: nothing, minuteMs: 0, minutes: times.minutes + 1, logMinutes };
}

/** The logarithm of the mixture. */
export function logOverStarts<Sums>(
  times: StartingTimes<Sums>,
  logEvidence: Started<Sums>['logEvidence'],
): number {
  const each = STEPS_STAKE / times.planned;
  const notBegun = times.planned - times.finished.length - 1;
  return logWeightedSum([
    [RELEASE_STAKE, logEvidence(times.release)],
    [each, logEvidence(times.step)],
    [each * notBegun, 0],
    ...times.finished.map((log) => [each, log] as const),
    ...minutesOver(times),
    [minuteStake(times), logEvidence(times.minute)],
    [MINUTES_STAKE / (times.minutes + 2), 0],
  ]);
}

function minutesOver({
  logMinutes,
}: {
  readonly logMinutes?: number;
}): readonly (readonly [number, number])[] {
  return logMinutes === undefined ? [] : [[1, logMinutes]];
}

/** Of the minute under way. */
function minuteStake({ minutes }: { readonly minutes: number }): number {
  return MINUTES_STAKE / ((minutes + 1) * (minutes + 2));
}
