import type { Copy } from '../../engine/observation.ts';
import type { RevisionId } from '../../rollout/model.ts';
import type { Bounds, SizedSet } from './settling.ts';

/** Whose pods a ReplicaSet makes: a revision's, or those of a further copy of it. */
export interface SetKey {
  readonly revision: RevisionId;
  readonly copy?: Copy;
}

/** A ReplicaSet, as far as decisions need it. */
export interface PodSet extends SizedSet {
  /** `deployment`: the Deployment controller has a say in its size. `rollout`: only we do. */
  readonly owner: 'deployment' | 'rollout';
  /** Absent: nobody knows what it runs; a remainder of before we came. */
  readonly key?: SetKey;
  /** True: we wrote down what it is, so it was judged or is being judged. */
  readonly isOurs: boolean;
  /** True: we made it; others were there before we came, or were begun by Kubernetes unasked. */
  readonly isMade: boolean;
  readonly ready: number;
  /** Ready for as long as the Deployment asks. */
  readonly available: number;
  /** True: its controller has seen its size. */
  readonly isObserved: boolean;
  /** True: it has seen its size, and has as many pods. */
  readonly isSettled: boolean;
  /** True: it is on its way out, and its name is not free yet. */
  readonly isLeaving: boolean;
  /** True: it uses copies of ConfigMaps and Secrets, so that what changes there does not reach new pods of it. */
  readonly isPinned: boolean;
  /** True: there are copies for it to use. */
  readonly canBePinned: boolean;
}

/**
 * How far the making of a younger ReplicaSet in the place of another is: written down; written down, but it has changed
 * since; on its way out, without its pods; gone, and its pods are nobody's; there again.
 */
export type ReissueState = 'written' | 'outdated' | 'leaving' | 'gone' | 'done';

/** A ReplicaSet that is being made again. */
export interface Reissuing {
  /** What the record of it is called. */
  readonly record: string;
  readonly state: ReissueState;
}

/** A Deployment with all ReplicaSets that are its or ours. */
export interface World extends Bounds {
  /** The revision that the Deployment's template is now; absent: not known. */
  readonly template?: RevisionId;
  readonly paused: boolean;
  /** True: its controller knows that it is paused. */
  readonly isObserved: boolean;
  /** True: it is about to take a ReplicaSet, which is not among these yet. */
  readonly awaitsClaim: boolean;
  /** While it is `leaving` or `gone`, it is among the sets, as one that is leaving. */
  readonly reissues: readonly Reissuing[];
  readonly sets: readonly PodSet[];
}

/** True for two sets of the same pods. */
export function isSameKey(a: SetKey | undefined, b: SetKey): boolean {
  return a?.revision === b.revision && a.copy === b.copy;
}
