import type { PodSet, SetKey } from './world.ts';

/** One write to the API server. Each is absolute, so that it may be repeated, and bound to what it was decided on. */
export type Write =
  | { readonly kind: 'hold'; readonly paused: boolean }
  /** Makes a ReplicaSet of a revision. */
  | { readonly kind: 'create'; readonly key: SetKey; readonly size: number; readonly owner: PodSet['owner'] }
  | { readonly kind: 'resize'; readonly set: PodSet; readonly size: number }
  /** Takes a ReplicaSet out of the Deployment, in one write with the size that it has then. */
  | { readonly kind: 'takeOut'; readonly set: PodSet; readonly size: number }
  /** Gives a ReplicaSet to the Deployment, as large as it is. */
  | { readonly kind: 'handIn'; readonly set: PodSet }
  /** Writes down what a ReplicaSet beside the Deployment is, which is to be made again with its pods, to be the younger. */
  | { readonly kind: 'reissue'; readonly set: PodSet }
  /** Deletes it without its pods. */
  | { readonly kind: 'letGo'; readonly record: string }
  /** Makes it again, once it is gone. */
  | { readonly kind: 'makeAgain'; readonly record: string }
  /** Forgets what was written down. */
  | { readonly kind: 'forget'; readonly record: string }
  /** Lets new pods of a ReplicaSet use copies of ConfigMaps and Secrets, or the live ones. */
  | { readonly kind: 'pin'; readonly set: PodSet; readonly pinned: boolean }
  | { readonly kind: 'delete'; readonly set: PodSet };
