import type { Share } from '../base/share.ts';
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
}

/** One step of a plan: capacity, a route, and what to wait for. */
export interface Step {
  /** A few words for people: `canary 5%`. */
  readonly title: string;
  /** Replicas per track; a track that is not named has none. Shares are of the Rollout's replicas. */
  readonly size: Readonly<Partial<Record<Track, CountOrShare>>>;
  /** Traffic per track, adding up to all of it; empty: nobody serves (the gap of `recreate`). */
  readonly weights: Readonly<Partial<Record<Track, Share>>>;
  readonly wait: Wait;
  /** True: the step ends only when tracks of size 0 have no process left. */
  readonly exclusive: boolean;
  /** True from the step that takes stable's capacity away: the candidate is the safe copy, no way back but undo. */
  readonly promoting: boolean;
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
    };

/** True when the old and the new version may never run together. */
export function isExclusive(plan: Plan): boolean {
  return plan.steps.some((step) => step.exclusive);
}
