import type { KubeObject, ObjectKey } from '../../kube/object.ts';

/** What a change in a cluster is about. */
export type Concern =
  /** A Deployment, or what belongs to it. `isNews`: what it asks to run may be another revision now. */
  | { readonly deployment: ObjectKey; readonly isNews?: boolean }
  /** What a Rollout has made. */
  | { readonly rollout: ObjectKey }
  /** What traffic is divided by. */
  | { readonly route: KubeObject };
