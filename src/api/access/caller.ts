import type { Author } from '../../engine/author.ts';
import type { Rights } from '../../engine/access-role.ts';
import type { Condition } from '../conditions.ts';
import type { Operations } from '../operations.ts';

/** Who asks, and what he may do. */
export interface Caller extends Rights {
  readonly author: Author;
  /** What lets him in, as its giver knows it, and not its secret: a session that comes of it ends with it. */
  readonly grant?: string;
  /** When he is let in no more, in milliseconds since 1970; absent: nobody knows. */
  readonly expiresAt?: number;
  /** How he gets to do more, where that is not by a token of coalmine. */
  readonly remedy?: string;
}

/** How somebody comes in: as the owner of the control socket, by a token, or by the cookie of a session. */
export type Entry = 'socket' | 'token' | 'session';

/** Who was let in, and how. */
export interface Admitted extends Caller {
  readonly by: Entry;
}

/** Who may come in, and what is done for whom. */
export interface Access {
  /** The holder of a token. Throws Failure `unauthenticated` when the secret is of none that is in force. */
  holderOf(secret: string): Promise<Caller>;
  /** Absent: nobody comes in by a cookie. */
  readonly sessions?: Sessions;
  /**
   * Everything the API can do, as it is done for one caller. Whether he may is looked at before. On a condition, what
   * changes a Rollout is done only while that holds.
   */
  operationsFor(caller: Admitted, condition?: Condition): Operations;
}

/** Sessions of browsers, as they begin and end. Whatever lets nobody in throws Failure `unauthenticated`. */
export interface SessionEnds {
  /** Begins one for whoever came by a token, which his request shows. */
  begin(caller: Caller, request: Pick<Request, 'headers'>): Promise<NewSession>;
  /** Ends one, wherever its cookie is. Safe to repeat. */
  end(secret: string): Promise<void>;
}

/** Sessions that are kept. */
export interface Sessions extends SessionEnds {
  /** Who may begin one by the code of a link, which is of no use from then on. */
  holderOfLink(code: string): Promise<Caller>;
  /** Whose session it is. */
  holderOf(secret: string): Promise<Caller>;
}

/** A session that has just begun. Its secret is a new one, never one that somebody sent. */
export interface NewSession {
  readonly secret: string;
  readonly caller: Caller;
}
