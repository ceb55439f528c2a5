import { Failure } from '../../base/failure.ts';
import { isName } from '../../engine/author.ts';
import { isToken } from './bearer.ts';
import type { Access, Admitted } from './caller.ts';

/** The header in which whoever opens the control socket without a token gives himself a name, percent-encoded. */
export const CLAIM_HEADER = 'coalmine-user';

/** What somebody is called who gives himself no name. */
export const UNNAMED = 'somebody';

const BEARER = /^Bearer (.+)$/;

/**
 * Who asks over the control socket: the holder of the token that is sent along, and without one the owner of the socket,
 * since nobody else can open it. Throws Failure `unauthenticated` for a token that is of no use.
 */
export async function callerOnSocket(
  { headers }: Pick<Request, 'headers'>,
  access: Pick<Access, 'holderOf'>,
): Promise<Admitted> {
  const secret = bearerOf(headers.get('authorization'));
  if (secret === undefined) return ownerOfSocket(headers.get(CLAIM_HEADER));
  return { ...(await access.holderOf(secret)), by: 'token' };
}

/**
 * The secret of a token in an `Authorization` header; undefined without one. Throws Failure `unauthenticated` for anything
 * else.
 */
export function bearerOf(authorization: string | null): string | undefined {
  if (authorization === null) return undefined;
  const [, secret] = BEARER.exec(authorization) ?? [];
  if (secret !== undefined && isToken(secret)) return secret;
  throw new Failure('unauthenticated', 'what was sent to log in is not a token of coalmine');
}

function ownerOfSocket(claim: string | null): Admitted {
  return { author: { kind: 'user', name: claimedName(claim) }, role: 'admin', groups: [], by: 'socket' };
}

function claimedName(claim: string | null): string {
  if (claim === null) return UNNAMED;
  const name = decoded(claim);
  if (name !== undefined && isName(name)) return name;
  throw new Failure('usage', `the header ${CLAIM_HEADER} is not a name`, {
    hint: 'a name has no spaces and no colons, and is percent-encoded',
  });
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
