import { createSecureContext } from 'node:tls';
import { Agent, type Dispatcher } from 'undici';
import type { ClusterAccess, Identity } from './access.ts';

/** Requests under way at once; more wait here and not in the API server's queues. Each takes a few milliseconds. */
export const MOST_REQUESTS = 16;
/** A connection is kept so long without a request: API servers hang up after 90 s. Making one takes longer than most requests. */
const KEPT_MS = 60_000;
const CONNECT_TIMEOUT_MS = 10_000;
/** Seconds after which a silent connection is asked whether it is still there, by TCP. */
const KEEP_ALIVE_DELAY_MS = 15_000;

/** Kept-alive connections to one API server. */
export interface Connections {
  /** For requests that end by themselves. */
  requests(identity: Identity): Dispatcher;
  /** For watches: as many as there are, each on a connection of its own. */
  watches(identity: Identity): Dispatcher;
  close(): Promise<void>;
}

interface Pair {
  readonly cert: string | undefined;
  readonly requests: Agent;
  readonly watches: Agent;
}

/** Connections, made anew when the client's certificate has changed. */
export function connectionsTo(access: ClusterAccess): Connections {
  let pair: Pair | undefined;
  const current = ({ certificate }: Identity): Pair => {
    if (pair !== undefined && pair.cert === certificate?.cert) return pair;
    // What is under way ends on the old connections; a close cannot fail then.
    if (pair !== undefined) void Promise.all([pair.requests.close(), pair.watches.close()]);
    const connect = connectOptions(access, certificate);
    pair = {
      cert: certificate?.cert,
      requests: new Agent({ connections: MOST_REQUESTS, pipelining: 1, keepAliveTimeout: KEPT_MS, connect }),
      watches: new Agent({ pipelining: 1, connect }),
    };
    return pair;
  };
  return {
    requests: (identity) => current(identity).requests,
    watches: (identity) => current(identity).watches,
    close: async () => {
      await Promise.all([pair?.requests.destroy(), pair?.watches.destroy()]);
    },
  };
}

function connectOptions(access: ClusterAccess, certificate: Identity['certificate']): object {
  const { ca, serverName, insecure = false } = access;
  const shown = { ...(ca === undefined ? {} : { ca }), ...certificate };
  return {
    timeout: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_DELAY_MS,
    // One for all connections: reading certificates takes its time, and what is read takes room.
    ...(Object.keys(shown).length === 0 ? {} : { secureContext: createSecureContext(shown) }),
    ...(serverName === undefined ? {} : { servername: serverName }),
    ...(insecure ? { rejectUnauthorized: false } : {}),
  };
}
