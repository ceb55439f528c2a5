import { createAdaptorServer, type HttpBindings } from '@hono/node-server';
import { createServer, Server, type ServerOptions } from 'node:http';
import { createServer as createTlsServer, Server as TlsServer } from 'node:https';
import { TLS_RULES } from '../gateway/tls/secure-contexts.ts';
import type { Access, Admitted } from './access/caller.ts';
import { PermittedOperations } from './access/permitted.ts';
import type { Site } from './access/site.ts';
import { createApp, type AppOptions } from './app.ts';
import { noteCaller } from './auditing.ts';
import { conditionIn } from './conditions.ts';
import { ENDPOINTS } from './endpoints.ts';
import { refuseMalformed } from './malformed.ts';
import { RequestLimit, type RateLimit } from './rate-limit.ts';
import type { PemPair } from './tls-certificate.ts';

/** How long answers under way may take once the server closes. */
const CLOSING_MS = 1_000;
/** Readers of streams keep theirs open. */
const MAX_CONNECTIONS = 4_096;
const HEADERS_MS = 10_000;
const LIMITS: ServerOptions = {
  headersTimeout: HEADERS_MS,
  // What is sent may be large; who it is from is known before it is read.
  requestTimeout: ENDPOINTS.upload.timeoutMs,
  keepAliveTimeout: 30_000,
  maxHeaderSize: 16 * 1024,
};

/** What one way in is like. */
export interface Entrance extends Omit<AppOptions, 'admit' | 'operationsFor' | 'browsers'> {
  readonly access: Access;
  readonly callerOf: (request: Request, access: Access) => Promise<Admitted>;
  /** What it is to browsers; absent: they do not come this way. */
  readonly site?: Site;
  /** Absent: it speaks plain HTTP. */
  readonly certificate?: PemPair;
  /** Told of each request, before anybody looks at it, and of the address that it came from. */
  readonly onRequest?: (request: Request, peer: string) => void;
  /** Counts what each caller asks; absent: nobody asks too much. */
  readonly limit?: RateLimit;
}

/** A server of the API, which listens nowhere yet. */
export function httpServer(entrance: Entrance): Server | TlsServer {
  const { access, site, certificate, onRequest, ...rest } = entrance;
  const { sessions } = access;
  const admit = admission(entrance);
  const app = createApp({
    ...rest,
    admit,
    ...(sessions === undefined || site === undefined
      ? {}
      : { browsers: { sessions, site, holderOfLink: (code) => sessions.holderOfLink(code) } }),
    operationsFor: async (request) => {
      const caller = await admit(request);
      const condition = conditionIn(request.headers);
      return new PermittedOperations(access.operationsFor(caller, condition), caller);
    },
  });
  const fetch: Fetch = (request, env) => {
    const { incoming } = env as HttpBindings;
    onRequest?.(request, incoming.socket.remoteAddress ?? '');
    return app.fetch(request, env);
  };
  return serverOf(fetch, certificate);
}

type Fetch = Parameters<typeof createAdaptorServer>[0]['fetch'];

/** A server that answers with what a function does, within the limits of the API; it listens nowhere yet. */
export function serverOf(fetch: Fetch, certificate?: PemPair): Server | TlsServer {
  const server = createAdaptorServer({
    fetch,
    // A Unix socket has no host; requests need one to have a URL.
    hostname: 'localhost',
    overrideGlobalObjects: false,
    ...(certificate === undefined
      ? { createServer, serverOptions: LIMITS }
      : {
          createServer: createTlsServer,
          serverOptions: { ...LIMITS, ...TLS_RULES, ...certificate, handshakeTimeout: HEADERS_MS },
        }),
  });
  if (!(server instanceof Server || server instanceof TlsServer))
    throw new Error('the API is served over HTTP/1.1');
  server.maxConnections = MAX_CONNECTIONS;
  refuseMalformed(server);
  return server;
}

/** Who asks; one request counts once, however often that is looked at. */
function admission({ access, callerOf, limit }: Entrance): (request: Request) => Promise<Admitted> {
  const requests = limit === undefined ? undefined : new RequestLimit(limit);
  return async (request) => {
    try {
      const caller = await callerOf(request, access);
      noteCaller(request, caller);
      requests?.take(request, caller.author.name);
      return caller;
    } catch (cause) {
      requests?.take(request, 'those who are not known here');
      throw cause;
    }
  };
}

/** Stops listening, and cuts what is still under way after a second. */
export function closed(server: Server | TlsServer): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => {
      server.closeAllConnections();
    }, CLOSING_MS);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });
}
