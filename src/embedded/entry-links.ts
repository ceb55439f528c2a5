import type { Caller } from '../api/access/caller.ts';
import type { LinkRequest } from '../api/resources.ts';
import { isInScope } from '../api/access/permission.ts';
import { Failure } from '../base/failure.ts';
import { reaches } from '../engine/access-role.ts';
import { digestOf, newSecret } from './secret-digest.ts';

/** How long a link is good. */
export const LINK_MS = 10 * 60_000;
/** Beyond this many unused ones, the oldest is forgotten. */
const MOST_LINKS = 100;
/** Beyond so many of one maker, his own oldest is. */
const MOST_OF_ONE = 20;

interface Link {
  readonly caller: Caller;
  readonly expiresAt: number;
}

/**
 * Links by which a browser comes in, each once. They are kept in memory alone: they last for minutes, and `coalmine
 * dashboard` makes another.
 */
export class EntryLinks {
  readonly #links = new Map<string, Link>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Makes one for what `caller` may do, or less. Throws Failure `notPermitted` for more. */
  make(caller: Caller, request: LinkRequest): { readonly code: string; readonly expiresAt: number } {
    const code = newSecret();
    const expiresAt = this.#now() + LINK_MS;
    const link = { caller: narrowed(caller, request), expiresAt };
    this.#makeRoom(caller);
    this.#links.set(digestOf(code), link);
    return { code, expiresAt };
  }

  #makeRoom({ author: { kind, name } }: Caller): void {
    const own = [...this.#links].filter(
      ([
        ,
        {
          caller: { author },
        },
      ]) => author.kind === kind && author.name === name,
    );
    const from = own.length >= MOST_OF_ONE ? own : this.#links.size >= MOST_LINKS ? [...this.#links] : [];
    const [[oldest] = []] = from;
    if (oldest !== undefined) this.#links.delete(oldest);
  }

  /** Makes those worthless that were made for somebody of a name, or all. */
  forget(name: string | undefined): void {
    for (const [digest, { caller }] of this.#links) {
      if (name === undefined || caller.author.name === name) this.#links.delete(digest);
    }
  }

  /** Who comes in by a code, which is of no use from then on; undefined for one that is of none already. */
  use(code: string): Caller | undefined {
    const digest = digestOf(code);
    const link = this.#links.get(digest);
    this.#links.delete(digest);
    return link !== undefined && this.#now() < link.expiresAt ? link.caller : undefined;
  }
}

function narrowed(caller: Caller, { role = caller.role, rollouts = caller.rollouts }: LinkRequest): Caller {
  if (!reaches(caller.role, role)) {
    throw new Failure('notPermitted', `${caller.author.name} is ${caller.role} here, and asks for ${role}`, {
      hint: 'a link is for no more than who asks for it may do himself',
    });
  }
  const beyond = rollouts?.find((rollout) => !isInScope(caller, rollout));
  if (beyond !== undefined) {
    throw new Failure('notPermitted', `${caller.author.name} has nothing to do with ${beyond}`, {
      hint: 'a link is for no more than who asks for it may do himself',
    });
  }
  return { ...caller, role, ...(rollouts === undefined ? {} : { rollouts }) };
}
