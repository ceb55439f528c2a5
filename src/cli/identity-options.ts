import { Option } from 'commander';
import type { ClaimNames } from '../api/access/oidc/grants.ts';
import type { IdentityOptions } from '../api/access/oidc/identities.ts';
import { refuseUnprotected } from '../api/access/oidc/protected-url.ts';
import { Failure } from '../base/failure.ts';

/** Which identity provider lets people and programs in besides tokens of coalmine's own. */
export interface IdentityWishes {
  readonly oidcIssuer?: string;
  readonly oidcAudience?: string;
  readonly oidcGrants?: string;
  readonly oidcRoleClaim?: string;
  readonly oidcRolloutsClaim?: string;
  readonly oidcGroupsClaim?: string;
  readonly oidcNameClaim?: string;
}

/** Each option, the word for its value, and what it is for. */
const OPTIONS: readonly (readonly [keyof IdentityWishes, string, string])[] = [
  ['oidcIssuer', '--oidc-issuer <url>', 'let in whom this OpenID Connect issuer vouches for, by its tokens'],
  ['oidcAudience', '--oidc-audience <name>', 'what coalmine is called there; tokens for others are refused'],
  ['oidcGrants', '--oidc-grants <file>', 'who may do what, by claims: a YAML file; see the guide on access'],
  ['oidcRoleClaim', '--oidc-role-claim <claim>', 'the claim that holds a role: viewer, operator or admin'],
  [
    'oidcRolloutsClaim',
    '--oidc-rollouts-claim <claim>',
    'the claim that holds the Rollouts that the role is for; without it, all',
  ],
  ['oidcGroupsClaim', '--oidc-groups-claim <claim>', 'the claim that holds groups, as gates name them'],
  [
    'oidcNameClaim',
    '--oidc-name-claim <claim>',
    'the claim that says what its holder is called (default: sub)',
  ],
];

/** The options of `IdentityWishes`. */
export function identityOptions(): readonly Option[] {
  return OPTIONS.map(([, flags, description]) => new Option(flags, description));
}

/** The options as they are written, for a command line that runs later. */
export function writtenIdentities(wishes: IdentityWishes): string[] {
  return OPTIONS.flatMap(([field, flags]) => {
    const value = wishes[field];
    return value === undefined ? [] : [flags.replace(/ .*/, ''), value];
  });
}

/** These options alone, with an absolute path. Throws Failure `usage` for those that do not go together. */
export function identityWishesOf(wishes: IdentityWishes, path: (written: string) => string): IdentityWishes {
  identitiesOf(wishes);
  const given = OPTIONS.flatMap(([field]) => {
    const value = wishes[field];
    return value === undefined ? [] : [[field, field === 'oidcGrants' ? path(value) : value] as const];
  });
  return Object.fromEntries(given);
}

/** What they ask for; undefined: nothing. Throws Failure `usage` for those that do not go together. */
export function identitiesOf(wishes: IdentityWishes): IdentityOptions | undefined {
  const { oidcIssuer: issuer, oidcAudience: audience, oidcGrants, oidcRoleClaim } = wishes;
  if (OPTIONS.every(([field]) => wishes[field] === undefined)) return undefined;
  if (issuer === undefined || audience === undefined) {
    throw new Failure('usage', 'OIDC takes both --oidc-issuer and --oidc-audience', {
      hint: 'The audience keeps tokens out that the issuer has made for somebody else.',
    });
  }
  refuseUnprotected(issuer);
  if (oidcGrants === undefined && oidcRoleClaim === undefined) {
    throw new Failure('usage', 'nobody has said what those may do whom the issuer vouches for', {
      hint: 'Name a file of grants with --oidc-grants, or the claim that holds a role with --oidc-role-claim.',
    });
  }
  const grantsFile = oidcGrants === undefined ? {} : { grantsFile: oidcGrants };
  return { issuer, audience, ...grantsFile, claims: claimsOf(wishes) };
}

function claimsOf(wishes: IdentityWishes): ClaimNames {
  const { oidcRoleClaim: role, oidcRolloutsClaim: rollouts } = wishes;
  const { oidcGroupsClaim: groups, oidcNameClaim: name = 'sub' } = wishes;
  return {
    name,
    ...(role === undefined ? {} : { role }),
    ...(rollouts === undefined ? {} : { rollouts }),
    ...(groups === undefined ? {} : { groups }),
  };
}
