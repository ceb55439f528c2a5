/** What somebody may do, the least first; each role may do what those before it may. */
export const ACCESS_ROLES = ['viewer', 'operator', 'admin'] as const;

/** One of ACCESS_ROLES. */
export type AccessRole = (typeof ACCESS_ROLES)[number];

/** True when who has the role `had` may do what `needed` may. */
export function reaches(had: AccessRole, needed: AccessRole): boolean {
  return ACCESS_ROLES.indexOf(had) >= ACCESS_ROLES.indexOf(needed);
}
