import { logWeightedSum } from './log-sum.ts';

/**
 * Evidence of harm over a release, when nobody knows at which step harm begins: one process that starts with
 * the release and one that starts with each step. Half of the bet is on the first; the other half is split
 * evenly over the planned steps. A step not yet begun holds its stake (an e-value of 1), a finished one is
 * frozen. Weights fixed beforehand make the mean of e-processes an e-process again.
 */
export interface StartingTimes<Sums> {
  readonly planned: number;
  readonly begun: number;
  readonly release: Sums;
  readonly step: Sums;
  /** Log e-values of finished steps. */
  readonly finished: readonly number[];
}

const RELEASE_WEIGHT = 0.5;

/** Before the first step; `nothing` is an empty process. */
export function startingTimes<Sums>(planned: number, nothing: Sums): StartingTimes<Sums> {
  return { planned: Math.max(1, planned), begun: 0, release: nothing, step: nothing, finished: [] };
}

/** A step begins. One more than planned prolongs the last: there is no stake left for it. */
export function nextStart<Sums>(
  times: StartingTimes<Sums>,
  nothing: Sums,
  logEvidence: (sums: Sums) => number,
): StartingTimes<Sums> {
  if (times.begun === 0) return { ...times, begun: 1 };
  if (times.begun >= times.planned) return times;
  const finished = [...times.finished, logEvidence(times.step)];
  return { ...times, begun: times.begun + 1, step: nothing, finished };
}

/** Adds a tick to the two processes that run. */
export function addToStarts<Sums>(
  times: StartingTimes<Sums>,
  add: (sums: Sums) => Sums,
): StartingTimes<Sums> {
  return { ...times, begun: Math.max(1, times.begun), release: add(times.release), step: add(times.step) };
}

/** The logarithm of the mixture. */
export function logOverStarts<Sums>(times: StartingTimes<Sums>, logEvidence: (sums: Sums) => number): number {
  const each = (1 - RELEASE_WEIGHT) / times.planned;
  const notBegun = times.planned - times.finished.length - 1;
  return logWeightedSum([
    [RELEASE_WEIGHT, logEvidence(times.release)],
    [each, logEvidence(times.step)],
    [each * notBegun, 0],
    ...times.finished.map((log) => [each, log] as const),
  ]);
}
