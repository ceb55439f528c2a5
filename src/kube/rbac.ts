/** Something that the API server lets somebody do, written as RBAC writes it. */
export interface AccessRule {
  /** Empty: the core group. */
  readonly group: string;
  readonly resources: readonly string[];
  readonly verbs: readonly Verb[];
  /** Only these objects; absent: all of them. */
  readonly names?: readonly string[];
}

/** What may be done. */
export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete';

/** To know what there is and to hear of changes. */
export const READ: readonly Verb[] = ['get', 'list', 'watch'];
