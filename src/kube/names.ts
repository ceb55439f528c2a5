/** Who we are to server-side apply, and who wrote a field. */
export const FIELD_MANAGER = 'coalmine';

/** The API group of our own objects. */
export const API_GROUP = 'coalmine.dev';

/** The version of our own objects that is written. */
export const API_VERSION = 'v1alpha1';

/** Labels that we put on objects. */
export const LABELS = {
  /** Says that coalmine wrote the object (a recommended label of Kubernetes). */
  managedBy: 'app.kubernetes.io/managed-by',
  /** The Rollout an object belongs to. */
  rollout: 'coalmine.dev/rollout',
  /** The revision an object is of. */
  revision: 'coalmine.dev/revision',
  /** What tells the pods of one revision of a Deployment from those of another; Kubernetes' own. */
  podHash: 'pod-template-hash',
} as const;

/** Annotations that we put on objects. */
export const ANNOTATIONS = {
  /** The revision an object is of. */
  revision: 'coalmine.dev/revision',
  /** What an object held before we took it over, as JSON, to be put back. */
  original: 'coalmine.dev/original',
  /** The route that an object was last made to serve, as JSON. */
  route: 'coalmine.dev/route',
  /** Which further set of pods of its revision a ReplicaSet is. */
  copy: 'coalmine.dev/copy',
  /** Says that the pods of a ReplicaSet see copies of ConfigMaps and Secrets. */
  pinned: 'coalmine.dev/pinned',
  /** `ignore` on a ConfigMap or Secret of a user: it is no part of a revision. */
  config: 'coalmine.dev/config',
} as const;

/** Keeps a Rollout until everything that it did is wound down. */
export const FINALIZER = 'coalmine.dev/rollout';
