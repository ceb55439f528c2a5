import {
  createServer,
  ServerResponse,
  type IncomingMessage,
  type Server,
  type ServerOptions,
} from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { answer } from './answer.ts';
import { ClientConnections } from './client-connections.ts';
import { forward } from './forward.ts';
import type { ProxyContext, ProxyLimits } from './proxy-context.ts';
import { isRedirected, redirect } from '../routing/redirect.ts';
import { NO_ROUTE } from './refuse.ts';
import { readHead, type Refusal } from './request-head.ts';
import { handshakeProblem, keyOf, UPGRADES, type GatewayRequest } from './websocket.ts';

const MAX_HEADER_BYTES = 32 * 1024;
const TOO_MANY: Refusal = { status: 503, reason: 'too many WebSockets are open' };
const NOT_A_TUNNEL = 'HTTP/1.1 501 Not Implemented\r\nContent-Length: 0\r\nConnection: close\r\n\r\n';

/** An HTTP/1.1 server that forwards by the table. It is not listening yet. */
export function proxyServer(context: ProxyContext): Server {
  const server = createServer(httpOptions(context.limits));
  serveHttp1(server, context, 'connection');
  return server;
}

/** How HTTP/1.1 is read, over TLS or without. */
export function httpOptions({ headersMs, keepAliveMs }: ProxyLimits): ServerOptions<typeof GatewayRequest> {
  return {
    ...UPGRADES,
    insecureHTTPParser: false,
    // Checked in readHead: Node's own check would go on to the bytes behind the request it refuses.
    requireHostHeader: false,
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: headersMs,
    // Uploads may take long; a client that stops sending is caught by `bodyIdleMs`.
    requestTimeout: 0,
    connectionsCheckingInterval: Math.min(1_000, headersMs),
    keepAliveTimeout: keepAliveMs,
    noDelay: true,
  };
}

/** Makes a server of HTTP/1.1 forward what comes over connections that it tells of by `connectionEvent`. */
export function serveHttp1(
  server: Server,
  context: ProxyContext,
  connectionEvent: 'connection' | 'secureConnection',
): void {
  const connections = new ClientConnections(server, connectionEvent);
  const onRequest = (req: IncomingMessage, res: ServerResponse): void => {
    if (connections.admit(req, res) && !serve(context, req, res)) connections.refuse(req.socket);
  };
  server.on('request', onRequest);
  server.on('checkContinue', onRequest);
  server.on('upgrade', (req: IncomingMessage, socket: Socket, early: Buffer) => {
    // Node has let go of it, and an error that nobody hears would end the process.
    socket.on('error', () => undefined);
    if (connections.admitTunnel(socket)) serveUpgrade(context, req, early);
    else socket.destroy();
  });
  server.on('connect', (_req: IncomingMessage, socket: Duplex) => {
    socket.on('error', () => socket.destroy());
    socket.end(NOT_A_TUNNEL);
  });
}

/** False when the request was refused and its connection must not be read any further. */
function serve(context: ProxyContext, req: IncomingMessage, res: ServerResponse): boolean {
  const startedMs = performance.now();
  if (context.isDraining()) res.shouldKeepAlive = false;
  const head = readHead(req, context.believes(req.socket.remoteAddress ?? ''));
  if ('status' in head) {
    res.shouldKeepAlive = false;
    answer(res, head);
    return false;
  }
  if (context.challenges.answer(res, head)) return true;
  const route = context.table.match(head.host, head.path);
  if (route === undefined) answer(res, NO_ROUTE);
  else if (isRedirected(context, route, head)) redirect(context, res, head);
  else forward(context, { req, res, head, route, startedMs });
  return true;
}

/** `early`: what the client has sent behind its handshake, without waiting for the answer. */
function serveUpgrade(context: ProxyContext, req: IncomingMessage, early: Buffer): void {
  const startedMs = performance.now();
  const res = lastResponse(req);
  const head = readHead(req, context.believes(req.socket.remoteAddress ?? ''));
  if ('status' in head) {
    answer(res, head);
    return;
  }
  const problem = handshakeProblem(req, head);
  const route = context.table.match(head.host, head.path);
  if (problem !== undefined) answer(res, { status: 400, reason: problem });
  else if (route === undefined) answer(res, NO_ROUTE);
  else if (isRedirected(context, route, head)) redirect(context, res, head);
  else if (context.table.tunnels() >= context.limits.webSockets) answer(res, TOO_MANY, ['Retry-After', '5']);
  else
    forward(context, {
      req,
      res,
      head,
      route,
      startedMs,
      webSocket: { key: keyOf(req), take: () => taken(res, early) },
    });
}

/** The connection of a WebSocket that is open. */
function taken(res: ServerResponse, early: Buffer): Socket {
  const { socket } = res.req;
  res.detachSocket(socket);
  socket.unshift(early);
  return socket;
}

/** A response on a connection that Node has let go of: it is the last one there. */
function lastResponse(req: IncomingMessage): ServerResponse {
  const { socket } = req;
  const res = new ServerResponse(req);
  res.assignSocket(socket);
  res.shouldKeepAlive = false;
  socket.on('drain', () => res.emit('drain'));
  res.once('finish', () => {
    socket.destroySoon();
  });
  return res;
}
