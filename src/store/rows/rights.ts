import type { AccessRole, Rights } from '../../engine/access-role.ts';
import type { Row, Value } from '../driver.ts';

/** Rights as the columns `role`, `rollouts` and `groups`. */
export function rightsColumns({ role, rollouts, groups }: Rights): readonly Value[] {
  return [role, rollouts === undefined ? null : JSON.stringify(rollouts), JSON.stringify(groups)];
}

/** What those columns hold. */
export function rightsIn(row: Row): Rights {
  const { rollouts } = row;
  return {
    role: row['role'] as AccessRole,
    ...(typeof rollouts === 'string' ? { rollouts: JSON.parse(rollouts) as string[] } : {}),
    groups: JSON.parse(row['groups'] as string) as string[],
  };
}
