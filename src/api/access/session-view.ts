import { rightsOf } from '../../engine/access-role.ts';
import type { SessionView } from '../resources.ts';
import type { Admitted } from './caller.ts';

/** Who asks, as he is told. */
export function sessionView({ author, by, expiresAt, ...rights }: Admitted): SessionView {
  return {
    name: author.name,
    kind: author.kind,
    ...rightsOf(rights),
    by,
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
}
