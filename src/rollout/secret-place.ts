/** Where a secret is kept; the secret itself is read when it is needed, and never kept. */
export type SecretPlace =
  | { readonly env: string }
  | { readonly file: string }
  /** A Kubernetes Secret in the namespace of the Rollout, and the key in it. */
  | { readonly secret: { readonly name: string; readonly key: string } };
