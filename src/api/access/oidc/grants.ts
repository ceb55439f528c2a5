import { Failure } from '../../../base/failure.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../base/json.ts';
import { ACCESS_ROLES, type AccessRole } from '../../../engine/access-role.ts';
import { isName } from '../../../engine/author.ts';
import type { Caller } from '../caller.ts';

/** What whoever has certain claims may do. */
export interface Grant {
  /** Claims, and what each must be or contain; a `*` at the end stands for any rest. All of them must hold. */
  readonly when: Readonly<Record<string, string>>;
  readonly role: AccessRole;
  /** The Rollouts it is for; absent: all. */
  readonly rollouts?: readonly string[];
  readonly groups?: readonly string[];
}

/** Which claims say what; a claim inside others is written with dots, as in `realm_access.roles`. */
export interface ClaimNames {
  readonly name: string;
  /** Its value, or one of them, is a role. */
  readonly role?: string;
  /** Its values are the Rollouts that its holder may have to do with. */
  readonly rollouts?: string;
  readonly groups?: string;
}

/** What is made of the claims of an identity provider. */
export interface Granting {
  readonly claims: ClaimNames;
  /** The first whose claims hold counts, before what `claims.role` says. */
  readonly grants: readonly Grant[];
}

/** Who somebody is, by claims that were checked. Throws Failure `notPermitted` for whom nothing is granted. */
export function callerOf(claims: JsonObject, { claims: names, grants }: Granting): Caller {
  const name = nameIn(claims, names.name);
  const grant = grants.find(({ when }) => holds(claims, when)) ?? grantIn(claims, names);
  if (grant === undefined) {
    throw new Failure('notPermitted', `${name} is known, and has no role here`, {
      hint: 'ask an admin: a grant, or the role claim, gives it one',
    });
  }
  const { role, rollouts, groups = [] } = grant;
  const told = names.groups === undefined ? [] : wordsAt(claims, names.groups).filter(isName);
  const { exp } = claims;
  return {
    author: { kind: 'identity', name },
    role,
    ...(rollouts === undefined ? {} : { rollouts }),
    groups: [...new Set([...told, ...groups])],
    ...(typeof exp === 'number' ? { expiresAt: exp * 1_000 } : {}),
  };
}

/** Spaces and colons, which no name has, are percent-encoded: two subjects never become one name. */
function nameIn(claims: JsonObject, path: string): string {
  const told = claimAt(claims, path);
  const name = typeof told === 'string' ? told.replace(/[\s:%]/g, encodeURIComponent) : '';
  if (isName(name)) return name;
  throw new Failure('notPermitted', `the claim ${path} of the token is no name`, {
    hint: 'see --oidc-name-claim',
  });
}

function grantIn(claims: JsonObject, names: ClaimNames): Omit<Grant, 'when'> | undefined {
  if (names.role === undefined) return undefined;
  const told = wordsAt(claims, names.role);
  const role = ACCESS_ROLES.findLast((one) => told.includes(one));
  if (role === undefined) return undefined;
  return names.rollouts === undefined ? { role } : { role, rollouts: wordsAt(claims, names.rollouts) };
}

function holds(claims: JsonObject, when: Grant['when']): boolean {
  return Object.entries(when).every(([path, wanted]) =>
    wordsAt(claims, path).some((word) =>
      wanted.endsWith('*') ? word.startsWith(wanted.slice(0, -1)) : word === wanted,
    ),
  );
}

/** The value of a claim as words: one, those of a list, or none. */
function wordsAt(claims: JsonObject, path: string): readonly string[] {
  const value = claimAt(claims, path);
  const values: readonly (Json | undefined)[] = Array.isArray(value) ? (value as readonly Json[]) : [value];
  return values.flatMap((one) =>
    typeof one === 'string' || typeof one === 'number' || typeof one === 'boolean' ? [String(one)] : [],
  );
}

/** Names of claims may have dots themselves, as those that begin with a URL. */
function claimAt(claims: JsonObject, path: string): Json | undefined {
  if (Object.hasOwn(claims, path)) return claims[path];
  let at: Json | undefined = claims;
  for (const key of path.split('.')) {
    if (at === undefined || !isJsonObject(at) || !Object.hasOwn(at, key)) return undefined;
    at = at[key];
  }
  return at;
}
