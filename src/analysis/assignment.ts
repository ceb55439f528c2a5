import { logBeta } from './distributions/beta.ts';
import type { AssignmentJudgement } from './judgement.ts';
import type { Tick, TrackCounters } from './measurement.ts';
import { logLimit } from './stats/e-values.ts';
import { logMean } from './stats/log-sum.ts';
import { counted, percent } from './words.ts';

/**
 * How many users or requests were given each track by weight alone, since the step began or the planned share
 * changed. Plain JSON.
 */
export interface Assignment {
  /** How many such stretches the release has had, this one included. */
  readonly stretch: number;
  readonly planned: number;
  readonly candidate: number;
  readonly control: number;
}

/** The probability that a release whose traffic is divided as planned is ever called invalid. */
const FALSE_MISMATCHES = 0.001;

/** How closely around the planned share other shares are bet on, in observations: near ones are seen late. */
const CONCENTRATIONS = [10, 100, 1_000, 10_000, 100_000] as const;

/** A new step begins: what was counted in it is a stretch of its own. */
export function beginAssignment(assignment: Assignment | undefined): Assignment | undefined {
  return assignment === undefined ? undefined : stretchAfter(assignment, assignment.planned);
}

/** Adds one tick. Where nothing is divided, or no choice was counted, it tells nothing. */
export function addAssignment(assignment: Assignment | undefined, tick: Tick): Assignment | undefined {
  const { plannedShare: planned, candidate, control } = tick;
  const isDivided = planned !== undefined && planned > 0 && planned < 1;
  if (!isDivided || (candidate.assigned === undefined && control.assigned === undefined)) return assignment;
  const current =
    assignment === undefined
      ? { stretch: 1, planned, candidate: 0, control: 0 }
      : assignment.planned === planned
        ? assignment
        : stretchAfter(assignment, planned);
  return {
    ...current,
    candidate: current.candidate + chosen(candidate),
    control: current.control + chosen(control),
  };
}

/** A track that has no counter yet was never chosen. Numbers that make no sense count nothing. */
function chosen({ assigned = 0 }: TrackCounters): number {
  return assigned >= 0 && assigned <= Number.MAX_SAFE_INTEGER ? assigned : 0;
}

/** A stretch in which nothing was counted is not spent. */
function stretchAfter({ stretch, candidate, control }: Assignment, planned: number): Assignment {
  const next = candidate + control > 0 ? stretch + 1 : stretch;
  return { stretch: next, planned, candidate: 0, control: 0 };
}

/**
 * What the counts say. The promise holds for the whole release: each stretch has its own evidence, and its part of
 * the promised error rate is fixed beforehand, 1/(j·(j+1)) for the j-th, which add up to 1.
 */
export function judgeAssignment(assignment: Assignment | undefined): AssignmentJudgement | undefined {
  if (assignment === undefined) return undefined;
  const { stretch, planned, candidate, control } = assignment;
  const assigned = candidate + control;
  return {
    mismatch: {
      logE: logMismatchOf([planned, 1 - planned], [candidate, control]),
      logLimit: logLimit(FALSE_MISMATCHES / (stretch * (stretch + 1))),
    },
    assigned,
    share: assigned === 0 ? planned : candidate / assigned,
    planned,
  };
}

/**
 * The sequential multinomial test of Lindon and Malek (2022): a Dirichlet-multinomial against the planned shares, which
 * add up to 1, here an even mixture over how closely the bet surrounds them.
 */
export function logMismatchOf(planned: readonly number[], counts: readonly number[]): number {
  const asPlanned = planned.reduce((sum, share, i) => sum + (counts[i] ?? 0) * Math.log(share), 0);
  return logMean(
    CONCENTRATIONS.map((concentration) => {
      const before = planned.map((share) => concentration * share);
      const after = before.map((value, i) => value + (counts[i] ?? 0));
      return logBetaOf(after) - logBetaOf(before) - asPlanned;
    }),
  );
}

/** The logarithm of the beta function of several values: each splits off from those after it. */
function logBetaOf(values: readonly number[]): number {
  let rest = 0;
  let sum = 0;
  for (const value of [...values].reverse()) {
    if (rest > 0) sum += logBeta(value, rest);
    rest += value;
  }
  return sum;
}

/** True when counts that are looked at again and again are proved not to be as planned. */
export function isMismatchOf(logE: number): boolean {
  return logE >= logLimit(FALSE_MISMATCHES);
}

/** True when the shares are proved not to be as planned. */
export function isMismatch({ mismatch }: AssignmentJudgement): boolean {
  return mismatch.logE >= mismatch.logLimit;
}

/** The mismatch as a sentence. */
export function mismatchReason({ assigned, share, planned }: AssignmentJudgement): string {
  const reached = `${percent(share)} of ${counted(assigned, 'assignment')} went to the canary`;
  return `traffic is not divided as planned: ${reached}, ${percent(planned)} were planned; the tracks cannot be compared`;
}
