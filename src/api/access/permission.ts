import { Failure } from '../../base/failure.ts';
import { reaches } from '../../engine/access-role.ts';
import { parsePath } from '../../rollout/path.ts';
import type { Operations } from '../operations.ts';
import type { Caller } from './caller.ts';
import { NEEDS } from './needs.ts';

/** True for a Rollout that a caller may have to do with. */
export function isInScope({ rollouts }: Caller, rollout: string): boolean {
  return rollouts === undefined || rollouts.includes(rollout);
}

/**
 * Throws Failure `notPermitted` unless a caller may do an operation; `rollout` is the one it is about. It says nothing
 * about whether that exists.
 */
export function requirePermission(caller: Caller, operation: keyof Operations, rollout?: string): void {
  const need = NEEDS[operation];
  const { author, role, rollouts, remedy } = caller;
  if (!reaches(role, need.role)) {
    throw new Failure('notPermitted', `${author.name} is ${role} here, and this takes ${need.role}`, {
      hint: remedy ?? 'ask an admin for a token that may: `coalmine token create`',
    });
  }
  if (need.of === 'machine' && rollouts !== undefined) throw outOfScope(caller, 'all Rollouts');
  if (rollout !== undefined && !isInScope(caller, rollout)) throw outOfScope(caller, rollout);
}

function outOfScope({ author, rollouts = [] }: Caller, wanted: string): Failure {
  return new Failure('notPermitted', `the token ${author.name} is not for ${wanted}`, {
    hint: `it is for ${rollouts.join(', ')}`,
  });
}

/**
 * Throws Failure `notPermitted` for settings of a release that change more than what runs, unless an admin makes them:
 * they could take the gates away that others guard.
 */
export function refuseRedeclaring({ author, role }: Caller, settings: readonly string[] = []): void {
  if (role === 'admin') return;
  const beyond = settings.map((one) => one.split('=', 1)[0] ?? '').find((path) => !isOfWorkload(path));
  if (beyond === undefined) return;
  throw new Failure('notPermitted', `${author.name} is ${role} here, and may not set ${beyond}`, {
    hint: 'an operator may set what runs (workload.…), and only an admin what else is declared',
  });
}

function isOfWorkload(path: string): boolean {
  const [first, second] = parsePath(path) ?? [];
  return first === 'workload' || (first === 'spec' && second === 'workload');
}
