import { isJwt } from '../api/access/bearer.ts';
import type { Access } from '../api/access/caller.ts';
import type { Identities, IdentityOptions } from '../api/access/oidc/identities.ts';
import type { Keeping } from '../system/kept.ts';
import type { Tokens } from './tokens.ts';

/** Who holds tokens. */
export interface Holders extends Pick<Access, 'holderOf'>, Pick<Identities, 'problems'> {}

/**
 * Who holds a token: one of this data directory, or of an identity provider where one is named. Throws Failure for settings
 * of that which are no use; that it answers is not needed yet.
 */
export async function holders(
  tokens: Pick<Tokens, 'holderOf'>,
  options: IdentityOptions | undefined,
  keeping: Omit<Keeping<unknown>, 'onChange'>,
): Promise<Holders> {
  if (options === undefined) return { holderOf: (token) => tokens.holderOf(token), problems: () => [] };
  // It takes a while to load.
  const { identities } = await import('../api/access/oidc/identities.ts');
  const known = await identities(options, keeping);
  return {
    holderOf: (token) => (isJwt(token) ? known.holderOf(token) : tokens.holderOf(token)),
    problems: () => known.problems(),
  };
}
