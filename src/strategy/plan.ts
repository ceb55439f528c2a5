import type { Share } from '../base/share.ts';
import type { Conversion, CountedGoal, Harm, Unit } from '../rollout/experiment.ts';
import type { Match } from '../rollout/match.ts';
import type { AnswerComparison } from '../rollout/answer-comparison.ts';
import type { CountOrShare, Track } from '../rollout/model.ts';

/**
 * What a strategy compiles to. One executor (`engine/`) runs every plan: for each step it grows what must
 * grow, waits until that is ready, moves the route, waits until the route is confirmed, shrinks what may
 * shrink, and then waits as the step says.
 */
export interface Plan {
  readonly steps: readonly Step[];
  /** What a reader should know before it runs: gaps, peaks, steps that cannot decide. */
  readonly notes: readonly string[];
  /** True: stable gives capacity away on the way, and the way back goes through the same steps in reverse. */
  readonly retraces?: boolean;
  /** True: the release is over after the last step, and the old version stays; nothing is promoted. */
  readonly keepsStable?: boolean;
  /** How long the old version stays at full size once it is no longer stable; absent: it goes with the last step. */
  readonly keepStableMs?: number;
}

/** One step of a plan: capacity, a route, and what to wait for. */
export interface Step {
  /** A few words for people: `canary 5%`. */
  readonly title: string;
  /** Replicas per track; a track that is not named has none. Shares are of the Rollout's replicas. */
  readonly size: Readonly<Partial<Record<Track, CountOrShare>>>;
  /** Traffic per track, adding up to all of it; empty: nobody serves (the gap of `recreate`). */
  readonly weights: Readonly<Partial<Record<Track, Share>>>;
  /** Who gets copies of requests; absent: nobody. */
  readonly mirrors?: readonly Mirror[];
  /** Requests that a track gets whatever the weights say, which divide the rest. Where two fit, the first named decides. */
  readonly matches?: Readonly<Partial<Record<Track, Match>>>;
  /** Users are told apart, stay where they are, and are counted; absent: no experiment goes on. */
  readonly experiment?: Experiment;
  readonly wait: Wait;
  /** True: the step ends only when tracks of size 0 have no process left. */
  readonly exclusive: boolean;
  /** True from the step that takes stable's capacity away: the candidate is the safe copy, no way back but undo. */
  readonly promoting: boolean;
  /** True: the sizes are what is meant and the weights their proportion; a track needs no more than its size. */
  readonly bySize?: boolean;
  /** What must be passed, one after another, in the order of their stages. */
  readonly hurdles?: readonly Hurdle[];
}

/** A gate that must open, or a hook that must have run, before a step goes on. */
export interface Hurdle {
  readonly kind: 'gate' | 'hook';
  /** Its settings are looked up by this name in the Rollout as it is then. */
  readonly name: string;
  /**
   * Before anything of the step is made (`start`), before its route is written (`route`), before its wait begins
   * (`wait`), or after that, before the next step (`next`).
   */
  readonly before: 'start' | 'route' | 'wait' | 'next';
}

/** Copies of requests for a track, sent besides and never instead: no user waits for an answer to a copy. */
export interface Mirror {
  readonly track: Track;
  /** So many of the requests with these methods, drawn at random. */
  readonly share: Share;
  readonly methods: readonly string[];
  /** What of the answers is compared with those that users got; absent: nothing. */
  readonly compare?: AnswerComparison;
}

/** How users are told apart, and which of them the data plane counts: with neither, a source does. */
export interface Experiment {
  readonly unit: Unit;
  readonly conversion?: Conversion;
  readonly harm?: Harm;
}

/** What a step waits for once its route is confirmed. */
export type Wait =
  | { readonly kind: 'none' }
  /** Without `forMs`: until somebody resumes. */
  | { readonly kind: 'pause'; readonly forMs?: number }
  | {
      readonly kind: 'analyze';
      readonly atLeastMs: number;
      readonly atMostMs: number;
      readonly early: boolean;
      /** It ends as well once so many requests were measured. */
      readonly requests?: number;
    }
  | ExperimentWait;

/** Until an experiment has an answer, or the time or the users for it are over. */
export interface ExperimentWait {
  readonly kind: 'experiment';
  /** What the variant is called that runs today; the others have tracks of their names. */
  readonly control: string;
  /** Absent: more conversions are better. */
  readonly goal?: CountedGoal;
  readonly untilDecided: boolean;
  readonly minimumEffect?: number;
  readonly users?: number;
  readonly atMostMs: number;
  readonly whenBetter: 'promote' | 'ask';
  readonly otherwise: 'keepStable' | 'ask';
}

/** True when a step takes time in which the candidate can be judged. */
export function takesTime({ wait, hurdles = [] }: Step): boolean {
  return wait.kind !== 'none' || hurdles.some(({ before }) => before === 'wait' || before === 'next');
}

/** True when the old and the new version may never run together. */
export function isExclusive(plan: Plan): boolean {
  return plan.steps.some((step) => step.exclusive);
}
