/** How an API server is reached, and who we are there. */
export interface ClusterAccess {
  /** `https://host:port`, perhaps with a path. */
  readonly server: string;
  /** Who vouches for the server, as PEM; absent: whom this machine trusts. */
  readonly ca?: string;
  /** The name in the server's certificate, where it is not that of its address. */
  readonly serverName?: string;
  /** Anybody may be the server. */
  readonly insecure?: boolean;
  /** Where objects are when nothing is said. */
  readonly namespace: string;
  readonly credentials: Credentials;
}

/** Says who we are. */
export interface Credentials {
  /** What the next request shows. Throws Failure when it cannot be had. */
  current(signal: AbortSignal): Promise<Identity>;
  /** The server did not accept it: the next one is to be got anew. */
  refused(identity: Identity): void;
}

/** What a request shows. Never written into a message or a log. */
export interface Identity {
  /** The `Authorization` header. */
  readonly authorization?: string;
  /** Shown when a connection is made. */
  readonly certificate?: { readonly cert: string; readonly key: string };
}

/** The same identity for ever. */
export function fixedCredentials(identity: Identity): Credentials {
  return { current: () => Promise.resolve(identity), refused: () => undefined };
}
