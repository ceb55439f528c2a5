import { createHash } from 'node:crypto';
import { Failure } from '../../base/failure.ts';
import type { AccessRole } from '../../engine/access-role.ts';
import { isApiError } from '../../kube/api-error.ts';
import type { KubeClient } from '../../kube/client.ts';
import { API_GROUP } from '../../kube/names.ts';
import type { KubeObject } from '../../kube/object.ts';
import { READ, type AccessRule, type Verb } from '../../kube/rbac.ts';
import { resource } from '../../kube/resource.ts';
import { RateLimit, type Rate } from '../rate-limit.ts';
import type { Caller } from './caller.ts';

/** Who holds a token, as the API server knows him. */
interface Account {
  readonly username?: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

interface TokenReview extends KubeObject {
  readonly spec: { readonly token: string };
  readonly status?: { readonly authenticated?: boolean; readonly user?: Account };
}

interface SubjectAccessReview extends KubeObject {
  readonly spec: object;
  readonly status?: { readonly allowed: boolean };
}

const TOKEN_REVIEWS = resource<TokenReview>('authentication.k8s.io/v1', 'TokenReview', {
  plural: 'tokenreviews',
  clusterWide: true,
});
const ACCESS_REVIEWS = resource<SubjectAccessReview>('authorization.k8s.io/v1', 'SubjectAccessReview', {
  plural: 'subjectaccessreviews',
  clusterWide: true,
});

/** What asking who somebody is, and what he may do, takes itself. */
export const REVIEW_ACCESS: readonly AccessRule[] = [
  { group: 'authentication.k8s.io', resources: ['tokenreviews'], verbs: ['create'] },
  { group: 'authorization.k8s.io', resources: ['subjectaccessreviews'], verbs: ['create'] },
];

/** What an account must be allowed to do with the Rollouts of a namespace, for each role more. */
const TAKES: Readonly<Record<AccessRole, readonly Verb[]>> = {
  viewer: READ,
  operator: ['patch'],
  admin: ['delete'],
};

/** A token of an API server: a JWT, or whatever else it takes; as RFC 6750 writes it. */
const BEARER = /^Bearer ([\w.~+/-]{1,16384}=*)$/i;
/** How long an answer counts: who is shut out gets in for so long at most. */
const COUNTS_MS = 5_000;
/** So many answers are kept at once. */
const MOST = 1_000;

/**
 * How fast may be asked what is not known, for one token that is good, and for all others together: each time is one review of
 * it and five of what its holder may do. A page that shows many namespaces asks about each every five seconds.
 */
const ASKING: Rate = { perSecond: 20, burst: 200 };
/** So many tokens are remembered for good. */
const MOST_GOOD = 10_000;
const OTHERS = 'tokens that are not known';

/** A review is answered, and not kept: it has no name. */
const UNNAMED = { generateName: '' } as const;

/** What accounts are found out by. */
export interface AccountsOptions {
  readonly client: Pick<KubeClient, 'create'>;
  /** Milliseconds, of a clock that only goes forward. */
  readonly now: () => number;
  /** Ends what is asked. */
  readonly deadline: () => AbortSignal;
}

/** What was found out of the holder of a token. */
interface Standing {
  readonly username: string;
  readonly groups: readonly string[];
  /** Undefined: he may not see Rollouts there. */
  readonly role: AccessRole | undefined;
}

interface Answer {
  readonly untilMs: number;
  readonly standing: Promise<Standing>;
}

/**
 * The accounts of a cluster, and what each may do with the Rollouts of a namespace: asked of its API server, which decides
 * both. An answer counts for five seconds, a no as long as a yes. Of tokens only digests are kept. Whoever asks very much
 * is refused: each of his questions is some to the API server.
 */
export class Accounts {
  readonly #options: AccountsOptions;
  readonly #answers = new Map<string, Answer>();
  readonly #asking: RateLimit;
  /** Tokens that were good when they were last asked about. */
  readonly #good = new Set<string>();

  constructor(options: AccountsOptions) {
    this.#options = options;
    this.#asking = new RateLimit(ASKING, options.now);
  }

  /**
   * The holder of a token, and his role in a namespace, or in all of them where none is named. Throws Failure
   * `unauthenticated` for a token that the API server does not know, `notPermitted` for who may not see Rollouts there.
   */
  async callerOf(token: string, namespace?: string): Promise<Caller> {
    const { username, groups, role } = await this.#standingOf(token, namespace);
    if (role !== undefined) return { ...callerNamed(username, namespace), groups, role };
    throw new Failure(
      'notPermitted',
      `${username} may not ${READ.join(', ')} rollouts.${API_GROUP} in ${placeWords(namespace)}`,
      { hint: remedyFor(username, namespace) },
    );
  }

  /**
   * The holder of a token, whatever he may see: as a viewer of no Rollouts where he may not see those of all namespaces.
   * Throws Failure `unauthenticated` for a token that the API server does not know.
   */
  async holderOf(token: string): Promise<Caller> {
    const { username, groups, role } = await this.#standingOf(token, undefined);
    const caller = { ...callerNamed(username, undefined), groups };
    return role === undefined ? { ...caller, role: 'viewer', rollouts: [] } : { ...caller, role };
  }

  #standingOf(token: string, namespace: string | undefined): Promise<Standing> {
    const now = this.#options.now();
    const digest = createHash('sha256').update(token).digest('base64url');
    const key = `${namespace ?? '*'} ${digest}`;
    const known = this.#answers.get(key);
    if (known !== undefined && known.untilMs > now) return known.standing;
    this.#refuseHaste(digest);
    this.#forget(now);
    const standing = this.#ask(token, namespace);
    this.#answers.delete(key);
    this.#answers.set(key, { untilMs: now + COUNTS_MS, standing });
    standing.then(
      () => {
        this.#remember(digest);
      },
      (cause: unknown) => {
        if (isRefusal(cause)) this.#good.delete(digest);
        else if (this.#answers.get(key)?.standing === standing) this.#answers.delete(key);
      },
    );
    return standing;
  }

  #refuseHaste(digest: string): void {
    if (this.#asking.hasRoom(this.#good.has(digest) ? digest : OTHERS)) return;
    throw new Failure(
      'tooMany',
      'the API server is asked too much about who somebody is, and what he may do',
      {
        hint: 'wait a second; the header Retry-After says for how long',
      },
    );
  }

  #remember(digest: string): void {
    const [oldest] = this.#good;
    if (oldest !== undefined && this.#good.size >= MOST_GOOD) this.#good.delete(oldest);
    this.#good.add(digest);
  }

  /** The oldest come first. */
  #forget(now: number): void {
    for (const [key, { untilMs }] of this.#answers) {
      if (untilMs > now && this.#answers.size < MOST) return;
      this.#answers.delete(key);
    }
  }

  async #ask(token: string, namespace: string | undefined): Promise<Standing> {
    const { client, deadline } = this.#options;
    const { status } = await client.create(TOKEN_REVIEWS, { metadata: UNNAMED, spec: { token } }, deadline());
    const { authenticated = false, user = {} } = status ?? {};
    const { username = '', groups = [] } = user;
    if (!authenticated || username === '') {
      throw new Failure('unauthenticated', 'the API server does not know this token', {
        hint: 'send one that is in force, as `kubectl create token ACCOUNT` makes it',
      });
    }
    return { username, groups, role: await this.#roleOf(user, namespace) };
  }

  async #roleOf(user: Account, namespace: string | undefined): Promise<AccessRole | undefined> {
    const mayAll = async (verbs: readonly Verb[]): Promise<boolean> =>
      (await Promise.all(verbs.map((verb) => this.#may(user, verb, namespace)))).every((may) => may);
    const [sees, steers, removes] = await Promise.all([
      mayAll(TAKES.viewer),
      mayAll(TAKES.operator),
      mayAll(TAKES.admin),
    ]);
    if (!sees) return undefined;
    if (!steers) return 'viewer';
    return removes ? 'admin' : 'operator';
  }

  async #may(user: Account, verb: Verb, namespace: string | undefined): Promise<boolean> {
    const { client, deadline } = this.#options;
    const { username, uid, groups, extra } = user;
    // Without a namespace it is asked about all.
    const where = namespace === undefined ? {} : { namespace };
    const resourceAttributes = { ...where, verb, group: API_GROUP, resource: 'rollouts' };
    const spec = { user: username, uid, groups, extra, resourceAttributes };
    const { status } = await client.create(ACCESS_REVIEWS, { metadata: UNNAMED, spec }, deadline());
    return status?.allowed === true;
  }
}

/** The token that a request shows. Throws Failure `unauthenticated` without one. */
export function tokenIn({ headers }: Pick<Request, 'headers'>): string {
  const [, token] = BEARER.exec(headers.get('authorization') ?? '') ?? [];
  if (token !== undefined) return token;
  throw new Failure('unauthenticated', 'every request needs the token of an account of the cluster', {
    hint: 'send "Authorization: Bearer TOKEN"; `kubectl create token ACCOUNT` makes one',
  });
}

function callerNamed(username: string, namespace: string | undefined): Pick<Caller, 'author' | 'remedy'> {
  return { author: { kind: 'account', name: username }, remedy: remedyFor(username, namespace) };
}

function remedyFor(username: string, namespace: string | undefined): string {
  return `bind a role to ${username} in ${placeWords(namespace)} that lets him: coalmine-view and view show Rollouts, coalmine-edit and edit change them`;
}

function placeWords(namespace: string | undefined): string {
  return namespace ?? 'all namespaces';
}

/** A no about the token, which is as good an answer as a yes; not one to us. */
function isRefusal(cause: unknown): boolean {
  return !isApiError(cause) && cause instanceof Failure && cause.code === 'unauthenticated';
}
