import type { Admitted, Caller, NewSession, Sessions } from '../api/access/caller.ts';
import type { LinkRequest, OpenSession } from '../api/resources.ts';
import { rightsOf } from '../engine/access-role.ts';
import { Failure } from '../base/failure.ts';
import type { StateStore } from '../store/queries.ts';
import type { StoredSession } from '../store/rows/session.ts';
import { EntryLinks } from './entry-links.ts';
import { digestOf, newSecret } from './secret-digest.ts';
import type { Tokens } from './tokens.ts';

/** However much it is used, a session ends after a week. */
const LONGEST_MS = 7 * 86_400_000;
/** An open page uses its session all the time. */
const IDLE_MS = 12 * 3_600_000;
/** That somebody uses a session is not written down more often than this. */
const TOUCH_MS = 60_000;
/** Beyond these, the one that was used longest ago is forgotten. */
const MOST_SESSIONS = 1_000;
/** So many of one holder: beyond them his own go, and nobody else's. */
const MOST_OF_ONE = 100;

type SessionStore = Pick<
  StateStore,
  'session' | 'sessions' | 'addSession' | 'touchSession' | 'deleteSessions'
>;

/** What sessions are made of. */
export interface SessionParts {
  readonly store: SessionStore;
  readonly tokens: Pick<Tokens, 'requireInForce'>;
  /** Wall clock, milliseconds since 1970. */
  readonly now: () => number;
}

/** The sessions of one data directory, which outlast the control process, and the links by which they begin. */
export class BrowserSessions implements Sessions {
  readonly #parts: SessionParts;
  readonly #links: EntryLinks;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.#links = new EntryLinks(parts.now);
  }

  /** Makes a link's code. Throws Failure `notPermitted` for what `caller` may not do himself, and for a session. */
  link(caller: Admitted, request: LinkRequest): { readonly code: string; readonly expiresAt: number } {
    if (caller.by !== 'session') return this.#links.make(caller, request);
    throw new Failure('notPermitted', 'a session makes no links: it would never end', {
      hint: 'use `coalmine dashboard`',
    });
  }

  async holderOfLink(code: string): Promise<Caller> {
    const caller = this.#links.use(code);
    if (caller === undefined) {
      throw new Failure('unauthenticated', 'this link was used, is too old, or never was one', {
        hint: '`coalmine dashboard` prints a new one',
      });
    }
    if (caller.grant !== undefined) await this.#parts.tokens.requireInForce(caller.grant);
    return caller;
  }

  async begin({ author, grant, expiresAt, ...rights }: Caller): Promise<NewSession> {
    const { store, now } = this.#parts;
    const secret = newSecret();
    const createdAt = now();
    const endsAt = Math.min(createdAt + LONGEST_MS, expiresAt ?? Infinity);
    const session: StoredSession = {
      digest: digestOf(secret),
      author,
      ...rightsOf(rights),
      ...(grant === undefined ? {} : { grant }),
      createdAt,
      seenAt: createdAt,
      endsAt,
    };
    await store.addSession(session, {
      now: createdAt,
      idleSince: createdAt - IDLE_MS,
      most: MOST_SESSIONS,
      mostOfOne: MOST_OF_ONE,
    });
    return { secret, caller: callerOf(session) };
  }

  async holderOf(secret: string): Promise<Caller> {
    const { store, now } = this.#parts;
    const session = await store.session(digestOf(secret));
    if (session === undefined) throw ended('it is not known here');
    const at = now();
    await this.#requireInForce(session, at);
    if (at - session.seenAt >= TOUCH_MS) await store.touchSession(session.digest, at);
    return callerOf(session);
  }

  async end(secret: string): Promise<void> {
    await this.#parts.store.deleteSessions([digestOf(secret)]);
  }

  /** Those that let in now, newest first. */
  async list(): Promise<readonly OpenSession[]> {
    return (await this.#inForce()).map(viewOf);
  }

  /** Ends the session of an id. Throws Failure `notFound` where none of that lets anybody in. */
  async endOne(id: string): Promise<OpenSession> {
    const [ending] = await this.#endThose((session) => idOf(session) === id);
    if (ending !== undefined) return ending;
    throw new Failure('notFound', `there is no session ${id}`, {
      hint: 'see `coalmine session list` for those there are',
    });
  }

  /** Ends the sessions of all holders of a name, or all there are, and what could begin one; answers which. */
  async endAll(name?: string): Promise<readonly OpenSession[]> {
    this.#links.forget(name);
    return this.#endThose(({ author }) => name === undefined || author.name === name);
  }

  async #endThose(isMeant: (session: StoredSession) => boolean): Promise<readonly OpenSession[]> {
    const ending = (await this.#inForce()).filter(isMeant);
    await this.#parts.store.deleteSessions(ending.map(({ digest }) => digest));
    return ending.map(viewOf);
  }

  async #inForce(): Promise<readonly StoredSession[]> {
    const { store, now } = this.#parts;
    const at = now();
    const looked = (await store.sessions()).map(async (session) => {
      const isInForce = await this.#requireInForce(session, at).then(() => true, isRefusal);
      return isInForce ? [session] : [];
    });
    return (await Promise.all(looked)).flat();
  }

  /** Throws Failure `unauthenticated` for one that lets nobody in any more. */
  async #requireInForce({ endsAt, seenAt, grant }: StoredSession, at: number): Promise<void> {
    if (at >= endsAt) throw ended('it has lasted long enough');
    if (at - seenAt > IDLE_MS) throw ended('nobody has used it for long');
    if (grant !== undefined) await this.#parts.tokens.requireInForce(grant);
  }
}

function isRefusal(cause: unknown): false {
  if (cause instanceof Failure && cause.code === 'unauthenticated') return false;
  throw cause;
}

/** Long enough that no two are alike, and nothing that lets in. */
function idOf({ digest }: StoredSession): string {
  return digest.slice(0, 12);
}

function viewOf(session: StoredSession): OpenSession {
  const { digest: _, grant: __, ...view } = session;
  return { id: idOf(session), ...view };
}

function callerOf({ author, grant, endsAt, ...rights }: StoredSession): Caller {
  return {
    author,
    ...rightsOf(rights),
    ...(grant === undefined ? {} : { grant }),
    expiresAt: endsAt,
  };
}

function ended(why: string): Failure {
  return new Failure('unauthenticated', `the session has ended: ${why}`, {
    hint: 'log in again, with a token or by a link of `coalmine dashboard`',
  });
}
