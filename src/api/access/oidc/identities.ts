import type { Caller } from '../caller.ts';
import { callerOf, type ClaimNames } from './grants.ts';
import { Kept, type Keeping } from '../../../system/kept.ts';
import { grantsInFile } from './grants-file.ts';
import { Issuer, type IssuerOptions } from './issuer.ts';

/** Whose tokens let in, and what their holders may do. */
export interface IdentityOptions extends IssuerOptions {
  readonly claims: ClaimNames;
  /** A file of grants; absent: the role claim says everything. */
  readonly grantsFile?: string;
}

/** Who holds a token of an identity provider. Throws Failure `unauthenticated`, `notPermitted` or `unreachable`. */
export type HolderOfIdentity = (token: string) => Promise<Caller>;

/** Who comes by an identity provider. */
export interface Identities {
  readonly holderOf: HolderOfIdentity;
  /** What is wrong with the file of grants now. */
  problems(): readonly string[];
}

/**
 * Lets in by the tokens of an identity provider, which need not answer yet, and by the file of grants as it is now, until
 * the signal. Throws Failure for settings that are no use.
 */
export async function identities(
  { claims, grantsFile, ...options }: IdentityOptions,
  keeping: Omit<Keeping<unknown>, 'onChange'>,
): Promise<Identities> {
  const issuer = new Issuer(options);
  const kept =
    grantsFile === undefined
      ? undefined
      : await Kept.of(grantsInFile(grantsFile), 'the grants before count on');
  void kept?.keep(keeping);
  return {
    holderOf: async (token) => callerOf(await issuer.claimsOf(token), { claims, grants: kept?.value ?? [] }),
    problems: () => [kept?.problem ?? []].flat(),
  };
}
