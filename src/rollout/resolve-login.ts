import type { SecretPlace } from './model.ts';
import type { LoginSettings } from './model-outside.ts';
import { tell, type Place } from './place.ts';

/** A secret as it is written; `secret` is for Kubernetes and not built yet. */
interface WrittenSecret {
  readonly env?: string;
  readonly file?: string;
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

/** `auth`; undefined where its secret is kept in a place that is not built yet. */
export function resolveLogin({ bearer, basic }: WrittenLogin): LoginSettings | undefined {
  const token = bearer && secretPlace(bearer);
  if (token !== undefined) return { bearer: token };
  const password = basic && secretPlace(basic.password);
  return basic === undefined || password === undefined
    ? undefined
    : { basic: { user: basic.user, password } };
}

/** Where a secret is kept; undefined for a place that is not built yet. */
export function secretPlace({ env, file }: WrittenSecret): SecretPlace | undefined {
  if (env !== undefined) return { env };
  return file === undefined ? undefined : { file };
}
