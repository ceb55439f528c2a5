import type { Condition } from '../api/conditions.ts';
import type { ReleaseRequest } from '../api/resources.ts';
import { decidedOf } from '../api/state-tag.ts';
import type { Author } from '../engine/author.ts';
import type { StoredRevision } from '../store/rows/revision.ts';
import type { Current } from './current.ts';
import { releaseEdit, type Edit } from './draft.ts';

/** A declaration or a release that is asked for. */
export interface Order {
  readonly name: string;
  readonly edit: Edit;
  /** True: the document is given as a whole, so it must not be put over somebody else's change. */
  readonly isWhole: boolean;
  readonly insist: boolean;
  readonly dryRun: boolean;
  /** Who asks for it; undefined: it comes of itself. */
  readonly by: Author | undefined;
  readonly condition?: Condition;
}

/** Who asks for a change, and on what condition. */
export interface Asking {
  readonly by: Author;
  readonly condition?: Condition;
}

/** Who asks for a release, and what it is to be made of. */
export interface Asked {
  readonly by?: Author;
  /** The revision of another Rollout that it is to be made of. */
  readonly taken?: StoredRevision | undefined;
}

/** The order that a request for a release of a declared Rollout comes to. */
export function orderOf(name: string, request: ReleaseRequest, { by, taken }: Asked): Order {
  const { insist = false, dryRun = false } = request;
  return { name, edit: releaseEdit(name, request, taken), isWhole: false, insist, dryRun, by };
}

/** Throws Failure when the condition of an order does not hold. */
export function requireIn({ condition }: Order, current: Current | undefined): void {
  condition?.require(current === undefined ? undefined : decidedOf(current.stored));
}
