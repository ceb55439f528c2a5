import type { RevisionId } from '../../rollout/model.ts';

/** What a Rollout meets with besides requests and faults: who its users are, and what is answered and measured elsewhere. */
export interface Circumstances {
  readonly users: Habits;
  /** What requests say that matches ask for; what is not named is said by `UNTOLD_SHARE` of them. */
  readonly audience: readonly Said[];
  /** Of gates and hooks; the first that fits. What is not named was left out of the Rollout. */
  readonly answers: readonly Answer[];
  /** Of checks; the first that fits. */
  readonly measured: readonly Measured[];
}

/** How users come. */
export interface Habits {
  /** Requests of one user, on the average. */
  readonly requestsEach: number;
  /** How many users there are. Absent: there are always others. */
  readonly count?: number;
}

/** The share of the requests that say something. */
export interface Said {
  readonly of: 'header' | 'cookie' | 'query' | 'path' | 'method';
  /** Of the header, cookie or parameter; the method; absent for paths. */
  readonly name?: string;
  /** What a test asks for, as it is written there. Absent: anything. */
  readonly value?: string;
  readonly share: number;
}

/** What is answered to a gate or a hook. */
export interface Answer {
  readonly name: string;
  /** Absent: for releases of any version. */
  readonly version?: RevisionId;
  /** From the question to the answer. Infinity: there is none. */
  readonly takesMs: number;
  readonly isYes: boolean;
}

/** What is measured for a check. */
export interface Measured {
  readonly check: string;
  /** Absent: of any version. */
  readonly version?: RevisionId;
  /** One after another, each for `everyMs`; the last one stays. In the unit of the check. */
  readonly values: readonly number[];
  readonly everyMs: number;
  /** The standard deviation of what is measured, as a part of the value. */
  readonly noise: number;
}

/** Requests that say what a match asks for, where nothing tells how many do. */
export const UNTOLD_SHARE = 0.01;

/** Nothing special. */
export const USUAL_CIRCUMSTANCES: Circumstances = {
  users: { requestsEach: 10 },
  audience: [],
  answers: [],
  measured: [],
};

/** The first of what is said that is for this version. */
export function forVersion<One extends { readonly version?: RevisionId }>(
  said: readonly One[],
  version: RevisionId | undefined,
): One | undefined {
  return said.find((one) => one.version === undefined || one.version === version);
}
