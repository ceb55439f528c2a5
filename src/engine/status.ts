import type { AnswerDifference, CheckReading, Exposure, TrackCounters } from '../analysis/measurement.ts';
import type { Evidence } from '../analysis/evidence.ts';
import type { Judgement } from '../analysis/judgement.ts';
import type { Outcome, Phase, RevisionId, Track } from '../rollout/model.ts';
import type { Hurdle, Plan } from '../strategy/plan.ts';
import type { Author } from './author.ts';
import type { Errand } from './errand.ts';
import type { Approval } from './gates/approval.ts';
import type { Steady } from './gates/neighbour.ts';
import type { ExperimentState } from './experiment.ts';
import type { Part } from './group.ts';
import type { Kept } from './kept.ts';
import type { Lasting } from './lasting.ts';
import type { Maintenance } from './maintenance.ts';
import type { PendingNotice, Threads } from './notices.ts';
import type { StandingState } from './standing.ts';
import type { Variants, Wanted } from './wanted.ts';

/** Everything the engine remembers of a Rollout. Saved before its effects count; JSON, and nothing else is memory. */
export interface Status {
  readonly phase: Phase;
  /** One sentence: what is going on, or what it waits for. */
  readonly message: string;
  /** Since when it is in its phase; absent in what was saved before that was noted. */
  readonly lasting?: Lasting;
  /** The revision that is trusted; absent until a first release has been promoted. */
  readonly stable?: RevisionId;
  /** The revision that was trusted before `stable`: where `undo` goes. */
  readonly previous?: RevisionId;
  /** Revisions that were stable before `stable`, newest last; absent in what was saved before there were any. */
  readonly past?: readonly RevisionId[];
  /** The previous revision, while its processes are kept ready. */
  readonly kept?: Kept;
  /** The running release. */
  readonly release?: ReleaseState;
  /** The number of the newest release, running or ended; 0 before the first. */
  readonly releases: number;
  /** Revisions not to be tried again unless the user says so, newest last. */
  readonly rejected: readonly RevisionId[];
  /** Hooks of releases that have ended, which have not answered yet; absent: none. */
  readonly pendingHooks?: readonly PendingHook[];
  /** What listeners have not taken yet, oldest first; absent: nothing. */
  readonly notices?: readonly PendingNotice[];
  /** What channels remember of the newest release they have told of; absent: nothing. */
  readonly threads?: Threads;
  /** How its part in the newest release of its group ended. */
  readonly part?: Part;
  /** Stable's comparison with itself; absent when there is none. */
  readonly standing?: StandingState;
  /** Set while the Rollout is closed to its users. */
  readonly maintenance?: Maintenance;
  /** How the newest ended release ended. */
  readonly lastOutcome?: {
    readonly release: number;
    readonly revision: RevisionId;
    readonly variants?: Variants;
    readonly outcome: Outcome;
    readonly reason: string;
  };
}

/** A running release. */
export interface ReleaseState {
  readonly number: number;
  /** Absent in the first release of all. */
  readonly from?: RevisionId;
  /** The candidate; of several variants the first, until one has won. */
  readonly to: RevisionId;
  /** What each variant runs, where an experiment compares several. */
  readonly variants?: Variants;
  /** `direct`: an undo, which when promoted rejects the revision it replaces. */
  readonly mode: Wanted['mode'];
  /** The release of the group that this is a part of. */
  readonly together?: string;
  /** Who asked for it; absent: nobody, it came of itself. */
  readonly by?: Author;
  /** Why it takes back, without a user, what was promoted as a part of that. */
  readonly undoes?: string;
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
  /** The requests of the judged track in these ticks. */
  readonly measuredRequests?: number;
  /** How long the release has lasted. Counts time the controller was away; never goes down. */
  readonly ageMs: number;
  /** When the engine last looked, to measure the two above. */
  readonly seenAt: number;
  /** A user's pause. The release still goes back by itself when the candidate fails. */
  readonly paused: boolean;
  /** Who paused it last, by name; absent: nobody has, or it was saved before that was noted. */
  readonly pausedBy?: string;
  /** What a user passed over by promoting, in words. */
  readonly skipped?: string;
  /** Steps before this one do not wait: a user has promoted past them, and they must be gone through none the less. */
  readonly passedTo?: number;
  readonly direction: Direction;
  /** How many hurdles of the step at hand are passed; absent: none. */
  readonly passed?: number;
  /** The hurdle it stands at. */
  readonly held?: Held;
  /** Who has said yes, at all gates of the release. */
  readonly approvals?: readonly Approval[];
  /** Set while a step waits for a person to decide, with the question. */
  readonly asking?: string;
  readonly evidence?: Evidence;
  /** What users have done in the experiment that goes on, or has decided. */
  readonly experiment?: ExperimentState;
  /** The last reading; the next tick is the difference to it. */
  readonly reading?: Reading;
  /** True when, at the last look, the step's route was confirmed and its wait had begun: the next tick is evidence. */
  readonly counting: boolean;
  /** Since when that is so, by the clock of the readings: what was measured before is of another step. */
  readonly countingSince?: number;
  /** Why the last look could not measure all checks; absent when it could. Such time does not bring a step to its end. */
  readonly missing?: string;
  /** What answers to copies differ in, most often first; a few of them. */
  readonly differences?: readonly AnswerDifference[];
  /** What the analysis said at the last look. */
  readonly judgement?: Judgement;
  /** Users' requests the candidate has served, and those among them that failed, over the whole release. */
  readonly served: { readonly requests: number; readonly errors: number };
}

/** A hook that runs after its release. */
export interface PendingHook extends Errand {
  /** How long it has run, as far as the engine looked. */
  readonly forMs: number;
  /** When `forMs` was right; 0 before the first look. */
  readonly seenAt: number;
}

/** A gate or a hook that a release stands at. */
export interface Held extends Hurdle {
  /** For how long, as far as the engine looked, pauses left out. */
  readonly forMs: number;
  /** How long the other Rollout has been as a gate wants it; absent: it is not, or nothing is waited for that lasts. */
  readonly steady?: Steady;
}

/**
 * Where a step stands: what must be passed before anything is made, capacity, the route, what is left over, the wait.
 */
export type Stage = 'start' | 'grow' | 'route' | 'shrink' | 'wait';

/** Where a release is heading. */
export type Direction = { readonly kind: 'forward' } | Back;

/** On the way back to stable, with the outcome it will have. */
export interface Back {
  readonly kind: 'back';
  readonly outcome: 'rolledBack' | 'aborted' | 'completed';
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
  /** What sources measured for the running release, by the name of the check. */
  readonly measured?: Readonly<Record<string, CheckReading>>;
  /** What answers to copies differ in, most often first; not kept with the reading. */
  readonly differences?: readonly AnswerDifference[];
  /** Stable's processes in two halves, split at random anew in every run: while stable is compared with itself. */
  readonly halves?: { readonly run: string; readonly a: TrackCounters; readonly b: TrackCounters };
}

/** What one revision served in one role. */
export interface Series {
  readonly track: Track;
  readonly revision: RevisionId;
  readonly counters: TrackCounters;
  /** In an experiment: users who were drawn for it, and those of them who have converted. */
  readonly met?: { readonly id: string; readonly users: number; readonly converted: number };
  /** Of copies: how the requests that were copied have been answered to their users. */
  readonly originals?: TrackCounters;
  /** Of copies whose answers are compared: how many, and how many differed; and so of requests that were sent twice. */
  readonly compared?: { readonly copies: Exposure; readonly repeats: Exposure };
  /** Of these, what it got by its match; users are counted only here. Absent when it got none. */
  readonly matched?: TrackCounters;
}

/** True for what is not to be tried again by itself: of several variants, if one of them is not. */
export function rejects({ rejected }: Pick<Status, 'rejected'>, wanted: Wanted): boolean {
  return wantedIn(wanted).some((revision) => rejected.includes(revision));
}

/** True for what serves already: of several variants, the one that has won. */
export function isServing(
  { stable }: Pick<Status, 'stable'>,
  wanted: Pick<Wanted, 'revision' | 'variants'>,
): boolean {
  return stable !== undefined && wantedIn(wanted).includes(stable);
}

/** Every revision that is wanted: one, or those of the variants. */
export function wantedIn({
  revision,
  variants = {},
}: Pick<Wanted, 'revision' | 'variants'>): readonly RevisionId[] {
  return [...new Set([revision, ...Object.values(variants)])];
}

/** The status of a Rollout that was just declared. */
export const NEW_STATUS: Status = { phase: 'Pending', message: 'no release yet', releases: 0, rejected: [] };
