import type { RevisionId } from '../rollout/model.ts';

/** The revision a user wants to run, and how it is to get there. */
export interface Wanted {
  readonly revision: RevisionId;
  /** `direct`: a revision that was trusted before goes live without the strategy's steps (undo). */
  readonly mode: 'strategy' | 'direct';
}
