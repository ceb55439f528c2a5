import type { EndedRelease } from '../engine/decision.ts';
import type { Outcome, Phase, RevisionId } from '../rollout/model.ts';
import type { Tally } from './tally.ts';
import type { TimelineEntry } from './timeline.ts';

/** How one simulation went. Times are milliseconds since its beginning. */
export interface SimulationResult {
  readonly seed: number;
  /** What clocks showed at the beginning, in milliseconds since 1970; absent where nothing said so. */
  readonly startsAt?: number;
  readonly endedAtMs: number;
  /** Looks of the controller. */
  readonly looks: number;
  readonly rollouts: readonly SimulatedRollout[];
  /** Empty when it was not asked for. */
  readonly timeline: readonly TimelineEntry[];
}

/** What became of one Rollout. */
export interface SimulatedRollout {
  readonly name: string;
  readonly phase: Phase;
  readonly message: string;
  readonly stable?: RevisionId;
  readonly releases: readonly SimulatedRelease[];
  /** How the users of each version fared, over all of the simulation. */
  readonly versions: Readonly<Record<string, Tally>>;
  /** Requests that reached no version: there was no gateway, or no route. */
  readonly unanswered: number;
}

/** What became of one release. */
export interface SimulatedRelease {
  readonly number: number;
  readonly from?: RevisionId;
  /** Of several variants the first, until one has won. */
  readonly to: RevisionId;
  /** What was tried: that, or the versions of the variants. */
  readonly tried: readonly RevisionId[];
  /** `unfinished`: it was going on when the simulation ended. */
  readonly outcome: Outcome | 'unfinished';
  readonly reason: string;
  readonly startedAtMs: number;
  /** Until its outcome, or the end of the simulation. */
  readonly tookMs: number;
  /** How all users fared meanwhile. */
  readonly all: Tally;
  /** How those of what was tried fared. */
  readonly candidate: Tally;
  readonly unanswered: number;
  /** What the analysis said last. */
  readonly judgement?: NonNullable<EndedRelease['judgement']>;
  /** What an experiment has found. */
  readonly experiment?: NonNullable<EndedRelease['experiment']>;
}
