import type { Author } from '../../engine/author.ts';
import type { AccessRole } from '../../engine/access-role.ts';
import type { Operations } from '../operations.ts';

/** Who asks, and what he may do. */
export interface Caller {
  readonly author: Author;
  readonly role: AccessRole;
  /** The Rollouts he may have to do with; absent: all. */
  readonly rollouts?: readonly string[];
  /** The groups he is in, as gates name them. */
  readonly groups: readonly string[];
}

/** Who may come in, and what is done for whom. */
export interface Access {
  /** The holder of a token. Throws Failure `notPermitted` when the secret is of none that is in force. */
  holderOf(secret: string): Promise<Caller>;
  /** Everything the API can do, as it is done for one caller. Whether he may is looked at before. */
  operationsFor(caller: Caller): Operations;
}
