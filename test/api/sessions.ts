import type { Caller, Sessions } from '../../src/api/access/caller.ts';
import { Failure } from '../../src/base/failure.ts';

/** Sessions without a store. `good` is the code of a link, once; each secret is a new one. */
export function fakeSessions(owner: Caller): Sessions & { readonly secrets: ReadonlyMap<string, Caller> } {
  const secrets = new Map<string, Caller>();
  const codes = new Set(['good']);
  let made = 0;
  const begun = (caller: Caller): ReturnType<Sessions['begin']> => {
    made += 1;
    const secret = `secret-${made}`;
    secrets.set(secret, caller);
    return Promise.resolve({ secret, caller });
  };
  const refused = (): Promise<never> => Promise.reject(new Failure('unauthenticated', 'it has ended'));
  return {
    secrets,
    begin: begun,
    holderOfLink: (code) => (codes.delete(code) ? Promise.resolve(owner) : refused()),
    holderOf: (secret) => {
      const caller = secrets.get(secret);
      return caller === undefined ? refused() : Promise.resolve(caller);
    },
    end: (secret) => {
      secrets.delete(secret);
      return Promise.resolve();
    },
  };
}
