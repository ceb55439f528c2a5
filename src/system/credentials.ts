import type { Environment } from '../base/environment.ts';
import type { LoginSettings } from '../rollout/model-outside.ts';
import type { Secret, Secrets } from './secret.ts';

/** How to log in somewhere, with its secrets where they are kept. */
export type Authentication =
  { readonly bearer: Secret } | { readonly basic: { readonly user: string; readonly password: Secret } };

/** What is sent along with every request, and the values in it that no message may show. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly secrets: Environment;
}

/** How to log in, as it is declared. */
export function loginOf(auth: LoginSettings, secretAt: Secrets): Authentication {
  if ('bearer' in auth) return { bearer: secretAt(auth.bearer) };
  const { user, password } = auth.basic;
  return { basic: { user, password: secretAt(password) } };
}

/** Reads the secrets anew. Throws Failure when there is none where one should be. */
export async function credentialsOf({
  auth,
  headers = {},
}: {
  readonly auth?: Authentication;
  readonly headers?: Readonly<Record<string, string>>;
}): Promise<Credentials> {
  const own = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  if (auth === undefined) return { headers: own, secrets: own };
  if ('bearer' in auth) {
    const token = await auth.bearer.read();
    return { headers: { ...own, authorization: `Bearer ${token}` }, secrets: { ...own, token } };
  }
  const password = await auth.basic.password.read();
  const pair = Buffer.from(`${auth.basic.user}:${password}`).toString('base64');
  return { headers: { ...own, authorization: `Basic ${pair}` }, secrets: { ...own, password, pair } };
}
