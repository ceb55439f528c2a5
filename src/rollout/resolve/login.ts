import type { SecretPlace } from '../secret-place.ts';
import type { LoginSettings } from '../model-outside.ts';
import { tell, type Place } from '../place.ts';

/** A secret as it is written. */
interface WrittenSecret {
  readonly env?: string;
  readonly file?: string;
  /** `name/key` of a Kubernetes Secret. */
  readonly secret?: string;
}

/** How to log in, as it is written. */
interface WrittenLogin {
  readonly bearer?: WrittenSecret;
  readonly basic?: { readonly user: string; readonly password: WrittenSecret };
}

/** Tells of an address that is none. A password in it would be shown wherever the document is. */
export function refuseAddress(address: string, place: Place): void {
  if (!URL.canParse(address)) tell(place, 'is not a URL');
  else if (new URL(address).password !== '') tell(place, 'holds a password', 'write auth: { basic: … }');
}

/** `auth`; undefined where its secret is kept nowhere, of which the structure tells. */
export function resolveLogin({ bearer, basic }: WrittenLogin): LoginSettings | undefined {
  const token = bearer && secretPlace(bearer);
  if (token !== undefined) return { bearer: token };
  const password = basic && secretPlace(basic.password);
  return basic === undefined || password === undefined
    ? undefined
    : { basic: { user: basic.user, password } };
}

/** Where a secret is kept; undefined for nowhere, of which the structure tells. */
export function secretPlace({ env, file, secret }: WrittenSecret): SecretPlace | undefined {
  if (env !== undefined) return { env };
  if (file !== undefined) return { file };
  const [name, key] = secret?.split('/') ?? [];
  return name === undefined || key === undefined ? undefined : { secret: { name, key } };
}
