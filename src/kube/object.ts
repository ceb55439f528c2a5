/** What every object of Kubernetes says about itself. Fields that nobody here reads are left out. */
export interface Metadata {
  readonly name: string;
  readonly generateName?: string;
  readonly namespace?: string;
  readonly uid?: string;
  /** To be sent back, and compared with that of another state of the same kind of objects: see `isLater`. */
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly OwnerReference[];
  readonly managedFields?: readonly ManagedFields[];
}

/** Who an object goes with when it is deleted. */
export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

/** Who wrote which fields of an object. */
export interface ManagedFields {
  readonly manager?: string;
  readonly operation?: 'Apply' | 'Update';
  readonly subresource?: string;
  readonly time?: string;
  /** A set of fields as a tree: `f:spec` → `f:paused` → `{}`. */
  readonly fieldsV1?: object;
}

/** Any object of Kubernetes. */
export interface KubeObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: Metadata;
}

/** Which object of a kind. */
export interface ObjectKey {
  /** Absent for objects that belong to the whole cluster. */
  readonly namespace?: string;
  readonly name: string;
}

/** True when `a` is a later state than `b`, of objects of the same kind. Versions are revisions of etcd, which grow. */
export function isLater(a: string | undefined, b: string | undefined): boolean {
  return versionNumber(a) > versionNumber(b);
}

/** Up to 2^53 exact, which is a million writes a second for 285 years. */
function versionNumber(resourceVersion = ''): number {
  return /^\d+$/.test(resourceVersion) ? Number(resourceVersion) : 0;
}

/** The key as one word: `namespace/name`, or `name` for objects of the whole cluster. */
export function keyText({ namespace, name }: ObjectKey): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

/** The key that `keyText` has made this word of. */
export function keyIn(text: string): ObjectKey {
  const slash = text.indexOf('/');
  return slash === -1 ? { name: text } : { namespace: text.slice(0, slash), name: text.slice(slash + 1) };
}
