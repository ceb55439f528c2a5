/** What a gate says now. */
export type GateAnswer =
  | { readonly kind: 'yes'; readonly why: string }
  /** Not yet; it is asked again. */
  | { readonly kind: 'notYet'; readonly why: string }
  /** No, and asking again is of no use: the release goes back. */
  | { readonly kind: 'no'; readonly why: string };
