import type { RevisionId } from '../rollout/model.ts';
import type { Author } from './author.ts';

/** The revisions of the variants of an experiment, by their tracks. */
export type Variants = Readonly<Record<string, RevisionId>>;

/** The revision a user wants to run, and how it is to get there. */
export interface Wanted {
  /** Of several variants the first. */
  readonly revision: RevisionId;
  /** Set where several are compared. */
  readonly variants?: Variants;
  /** `direct`: a revision that was trusted before goes live without the strategy's steps (undo). */
  readonly mode: 'strategy' | 'direct';
  /** The release of a group that this is a part of. */
  readonly together?: string;
  /** Who wants it. */
  readonly by?: Author;
}
