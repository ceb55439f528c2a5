/** What somebody may do, the least first; each role may do what those before it may. */
export const ACCESS_ROLES = ['viewer', 'operator', 'admin'] as const;

/** One of ACCESS_ROLES. */
export type AccessRole = (typeof ACCESS_ROLES)[number];

/** True when who has the role `had` may do what `needed` may. */
export function reaches(had: AccessRole, needed: AccessRole): boolean {
  return ACCESS_ROLES.indexOf(had) >= ACCESS_ROLES.indexOf(needed);
}

/** What somebody may do, and what with. */
export interface Rights {
  readonly role: AccessRole;
  /** The Rollouts he may have to do with; absent: all. */
  readonly rollouts?: readonly string[];
  /** The groups he is in, as gates name them. */
  readonly groups: readonly string[];
}

/** The rights of somebody, and nothing else that is known of him. */
export function rightsOf({ role, rollouts, groups }: Rights): Rights {
  return { role, ...(rollouts === undefined ? {} : { rollouts }), groups };
}
