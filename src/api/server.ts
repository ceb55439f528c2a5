import { createAdaptorServer } from '@hono/node-server';
import { createServer, Server, type ServerOptions } from 'node:http';
import { callerOnSocket } from './access/admission.ts';
import type { Access } from './access/caller.ts';
import { PermittedOperations } from './access/permitted.ts';
import { createApp, type OnBug } from './app.ts';
import { claimControl, controlSocketPath } from './control-socket.ts';
import { ENDPOINTS } from './endpoints.ts';

const HEARTBEAT_MS = 15_000;
/** How long answers under way may take once the server closes. */
const CLOSING_MS = 1_000;
const LIMITS: ServerOptions = {
  headersTimeout: 10_000,
  // Only the owner can connect, and what is sent may be large.
  requestTimeout: ENDPOINTS.upload.timeoutMs,
  keepAliveTimeout: 30_000,
  maxHeaderSize: 16 * 1024,
};

/** What the server needs. */
export interface ApiServerOptions {
  readonly dataDir: string;
  readonly access: Access;
  readonly onBug: OnBug;
  readonly heartbeatMs?: number;
}

/** A server that answers. */
export interface ApiServer {
  readonly socketPath: string;
  /** Stops listening; cuts what is still under way after a second. */
  close(): Promise<void>;
}

/** Serves the API on `<dataDir>/control.sock`; throws Failure `alreadyRunning` when another process does. */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { access, onBug, heartbeatMs = HEARTBEAT_MS } = options;
  const socketPath = controlSocketPath(options.dataDir);
  const app = createApp({
    operationsFor: async (request) => {
      const caller = await callerOnSocket(request, access);
      return new PermittedOperations(access.operationsFor(caller), caller);
    },
    onBug,
    heartbeatMs,
  });
  const server = createAdaptorServer({
    fetch: app.fetch,
    // A Unix socket has no host; requests need one to have a URL.
    hostname: 'localhost',
    overrideGlobalObjects: false,
    createServer,
    serverOptions: LIMITS,
  });
  if (!(server instanceof Server)) throw new Error('the API is served over HTTP/1.1');
  const removeName = await claimControl(socketPath, server);
  return {
    socketPath,
    close: () => {
      removeName();
      return closed(server);
    },
  };
}

function closed(server: Server): Promise<void> {
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
