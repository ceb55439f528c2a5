import type { TrackCounters } from '../analysis/measurement.ts';
import type { Evidence } from '../analysis/evidence.ts';
import type { Judgement } from '../analysis/judgement.ts';
import type { Outcome, Phase, RevisionId, Track } from '../rollout/model.ts';
import type { Plan } from '../strategy/plan.ts';
import type { Wanted } from './wanted.ts';

/** Everything the engine remembers of a Rollout. Saved before its effects count; JSON, and nothing else is memory. */
export interface Status {
  readonly phase: Phase;
  /** One sentence: what is going on, or what it waits for. */
  readonly message: string;
  /** The revision that is trusted; absent until a first release has been promoted. */
  readonly stable?: RevisionId;
  /** The revision that was trusted before `stable`: where `undo` goes. */
  readonly previous?: RevisionId;
  /** The running release. */
  readonly release?: ReleaseState;
  /** The number of the newest release, running or ended; 0 before the first. */
  readonly releases: number;
  /** Revisions not to be tried again unless the user says so, newest last. */
  readonly rejected: readonly RevisionId[];
  /** How the newest ended release ended. */
  readonly lastOutcome?: {
    readonly release: number;
    readonly revision: RevisionId;
    readonly outcome: Outcome;
    readonly reason: string;
  };
}

/** A running release. */
export interface ReleaseState {
  readonly number: number;
  /** Absent in the first release of all. */
  readonly from?: RevisionId;
  readonly to: RevisionId;
  /** `direct`: an undo, which when promoted rejects the revision it replaces. */
  readonly mode: Wanted['mode'];
  /** Wall clock, milliseconds since 1970; for display only. */
  readonly startedAt: number;
  /** Pinned at the start, so that an edited spec does not move a release under way. */
  readonly plan: Plan;
  /** Index into `plan.steps`. */
  readonly step: number;
  readonly stage: Stage;
  /** The last step whose route was confirmed; -1 before the first. What is served until the next is. */
  readonly confirmedStep: number;
  /** How long the stage has lasted while the engine looked, pauses left out. */
  readonly stageMs: number;
  /** How much of `stageMs` is covered by ticks that counted as evidence. */
  readonly measuredMs: number;
  /** How long the release has lasted. Counts time the controller was away; never goes down. */
  readonly ageMs: number;
  /** When the engine last looked, to measure the two above. */
  readonly seenAt: number;
  /** A user's pause. The release still goes back by itself when the candidate fails. */
  readonly paused: boolean;
  /** What a user passed over by promoting, in words. */
  readonly skipped?: string;
  readonly direction: Direction;
  /** Set while a step waits for a person to decide, with the question. */
  readonly asking?: string;
  readonly evidence?: Evidence;
  /** The last reading; the next tick is the difference to it. */
  readonly reading?: Reading;
  /** True when, at the last look, the step's route was confirmed and its wait had begun: the next tick is evidence. */
  readonly counting: boolean;
  /** What the analysis said at the last look. */
  readonly judgement?: Judgement;
  /** Requests the candidate has served, and those among them that failed, over the whole release. */
  readonly served: { readonly requests: number; readonly errors: number };
}

/** Where a step stands: capacity first, then the route, then what is left over, then the wait. */
export type Stage = 'grow' | 'route' | 'shrink' | 'wait';

/** Where a release is heading. */
export type Direction = { readonly kind: 'forward' } | Back;

/** On the way back to stable, with the outcome it will have. */
export interface Back {
  readonly kind: 'back';
  readonly outcome: 'rolledBack' | 'aborted';
  readonly reason: string;
  /** True: the candidate is not to be tried again by itself. */
  readonly reject: boolean;
}

/**
 * Cumulative counters at one moment. A new `epoch` means that they started anew; a series that is not there
 * has counted nothing in this epoch.
 */
export interface Reading {
  readonly epoch: string;
  /** Wall clock of the source, milliseconds. */
  readonly at: number;
  readonly series: readonly Series[];
}

/** What one revision served in one role. */
export interface Series {
  readonly track: Track;
  readonly revision: RevisionId;
  readonly counters: TrackCounters;
}

/** The status of a Rollout that was just declared. */
export const NEW_STATUS: Status = { phase: 'Pending', message: 'no release yet', releases: 0, rejected: [] };
