/** Who asked for something, as it is written down with what came of it. */
export interface Author {
  /**
   * `user`: whoever may open the control socket, by the name he gives himself, which nobody checks. `token`: the holder of
   * a token, by the name that the token was made for. `account`: a user of a cluster, by the name that its API server knows.
   * `identity`: whom an identity provider vouches for, by the name that it gives him.
   */
  readonly kind: 'user' | 'token' | 'account' | 'identity';
  readonly name: string;
}

/** What people and groups may be called, so that lists of them can be written and read without doubt. */
export const AUTHOR_NAME = '^[^\\s:]{1,256}$';

/** True for what somebody may be called. */
export function isName(text: string): boolean {
  return new RegExp(AUTHOR_NAME).test(text);
}

/** Events that came of what somebody asked for. */
export function attributed<E extends object>(
  events: readonly E[],
  by: Author,
): readonly (E & { readonly by: Author })[] {
  return events.map((event) => ({ ...event, by }));
}
