import type { Author } from '../../engine/author.ts';
import type { AccessRole, Rights } from '../../engine/access-role.ts';
import type { HeldSession } from '../../store/rows/session.ts';
import type { TokenView } from '../../store/rows/token.ts';
import type { Entry } from './caller.ts';

/** A token that is wanted. */
export interface TokenRequest {
  readonly name: string;
  readonly role: AccessRole;
  /** The Rollouts it is for; absent: all. */
  readonly rollouts?: readonly string[];
  /** The groups its holder is in, as `approval.by` names them. */
  readonly groups?: readonly string[];
  /** Absent: it does not expire. */
  readonly expiresInMs?: number;
}

export type { TokenView };

/** A token that was just made. The secret cannot be shown again. */
export interface CreatedToken extends TokenView {
  readonly secret: string;
}

/** A link that is wanted. */
export interface LinkRequest {
  /** Absent: that of who asks. */
  readonly role?: AccessRole;
  /** The Rollouts it is for; absent: those of who asks. */
  readonly rollouts?: readonly string[];
}

/** A link by which one browser comes in, once. */
export interface LinkView {
  readonly url: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** A session of a browser that lets in now. Times are milliseconds since 1970. */
export interface OpenSession extends HeldSession {
  /** What it is called where it is ended; its secret does not follow from it. */
  readonly id: string;
}

/** Who asks, and what he may do. */
export interface SessionView extends Rights {
  readonly name: string;
  /** How sure the name is: gates hear some names from tokens alone. */
  readonly kind: Author['kind'];
  readonly by: Entry;
  /** When he is let in no more, in milliseconds since 1970; absent: nobody knows. */
  readonly expiresAt?: number;
}
