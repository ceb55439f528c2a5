import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { answer } from './answer.ts';
import { pointAt, pointOf } from './assign.ts';
import { Exchange } from './exchange.ts';
import { readHead, type Forwarded, type RequestHead } from './request-head.ts';
import { partOf, type LiveRoute, type RouteTable } from './route-table.ts';
import { readId, setIdCookie } from './sticky.ts';

/** What a worker serves with. */
export interface ProxyContext {
  readonly table: RouteTable;
  /** Uniform fractions in [0, 1). */
  readonly random: () => number;
  /** Fresh ids for clients that have none. */
  readonly newId: () => string;
  readonly limits: ProxyLimits;
  /** True for the addresses of proxies whose word about their clients is passed on. */
  readonly believes: (address: string) => boolean;
  /** True while the process is on its way out: clients are told to connect anew. */
  readonly isDraining: () => boolean;
}

/** How patient the gateway is with clients. */
export interface ProxyLimits {
  /** For a complete request head, from its first byte or the connection's start. */
  readonly headersMs: number;
  /** For the next piece of a body, in either direction. */
  readonly bodyIdleMs: number;
  /** For the next request on a kept-alive connection. */
  readonly keepAliveMs: number;
}

/** Patience for clients on the open internet. */
export const DEFAULT_LIMITS: ProxyLimits = { headersMs: 10_000, bodyIdleMs: 60_000, keepAliveMs: 65_000 };

const MAX_HEADER_BYTES = 32 * 1024;
/** Requests sent ahead of their answers on one connection; each holds its answer in memory until its turn. */
const MAX_PIPELINED = 32;
const NOT_A_TUNNEL = 'HTTP/1.1 501 Not Implemented\r\nContent-Length: 0\r\nConnection: close\r\n\r\n';

/** An HTTP/1.1 server that forwards by the table. It is not listening yet. */
export function proxyServer(context: ProxyContext): Server {
  const server = createServer({
    insecureHTTPParser: false,
    // Checked in readHead: Node's own check would go on to the bytes behind the request it refuses.
    requireHostHeader: false,
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: context.limits.headersMs,
    // Uploads may take long; a client that stops sending is caught by `bodyIdleMs`.
    requestTimeout: 0,
    connectionsCheckingInterval: Math.min(1_000, context.limits.headersMs),
    keepAliveTimeout: context.limits.keepAliveMs,
    noDelay: true,
  });
  // What follows a refused request on its connection is not to be trusted as a request.
  const refused = new WeakSet<Socket>();
  const waiting = new WeakMap<Socket, Set<ServerResponse>>();
  server.on('connection', (socket: Socket) => {
    const responses = new Set<ServerResponse>();
    waiting.set(socket, responses);
    socket.once('close', () => {
      // Node tells only the one whose turn it was.
      for (const res of responses) res.emit('close');
    });
  });
  const onRequest = (req: IncomingMessage, res: ServerResponse): void => {
    const responses = waiting.get(req.socket);
    responses?.add(res);
    res.once('close', () => responses?.delete(res));
    if (responses !== undefined && responses.size > MAX_PIPELINED) req.socket.destroy();
    if (refused.has(req.socket) || req.socket.destroyed) return;
    if (!serve(context, req, res)) refused.add(req.socket);
  };
  server.on('request', onRequest);
  server.on('checkContinue', onRequest);
  server.on('connect', (_req: IncomingMessage, socket: Duplex) => {
    socket.on('error', () => socket.destroy());
    socket.end(NOT_A_TUNNEL);
  });
  return server;
}

/** False when the request was refused and its connection must not be read any further. */
function serve(context: ProxyContext, req: IncomingMessage, res: ServerResponse): boolean {
  const startedMs = performance.now();
  const head = readHead(req, context.believes(req.socket.remoteAddress ?? ''));
  if ('status' in head) {
    res.shouldKeepAlive = false;
    answer(res, head);
    return false;
  }
  const route = context.table.match(head.host, head.path);
  if (head.upgrade === 'websocket') answer(res, { status: 501, reason: 'WebSocket is not supported' });
  else if (route === undefined) answer(res, { status: 404, reason: 'no route for this host and path' });
  else forward(context, { req, res, head, route, startedMs });
  return true;
}

interface Arrival {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly head: RequestHead;
  readonly route: LiveRoute;
  readonly startedMs: number;
}

function forward(context: ProxyContext, arrival: Arrival): void {
  const { req, res, head, route } = arrival;
  if (context.isDraining()) res.shouldKeepAlive = false;
  const extraHeaders: string[] = [];
  const part = partOf(route, choosePoint(context, arrival, extraHeaders));
  if (part === undefined) {
    answer(res, { status: 503, reason: 'nothing is running behind this route' }, ['Retry-After', '1']);
    return;
  }
  if (head.hasBody && req.headers.expect !== undefined) res.writeContinue();
  addForwarded(head.headers, head.forwarded, req.socket.remoteAddress);
  const { random, limits } = context;
  new Exchange({
    ...arrival,
    part,
    headers: head.headers,
    extraHeaders,
    random,
    bodyIdleMs: limits.bodyIdleMs,
  }).start();
}

/** The request's point: the user's own where users stay on a track, else a new one each time. */
function choosePoint(context: ProxyContext, arrival: Arrival, extraHeaders: string[]): number {
  const { route, head } = arrival;
  if (route.sticky === undefined) return pointAt(context.random());
  const known = readId(head.cookie, route.sticky.cookie);
  if (known !== undefined) return pointOf(route.rollout, known);
  const id = context.newId();
  const secure = head.forwarded.xForwardedProto?.toLowerCase() === 'https';
  extraHeaders.push('Set-Cookie', setIdCookie({ name: route.sticky.cookie, id, secure }));
  return pointOf(route.rollout, id);
}

/** True for this machine's own addresses, where a proxy that ends TLS runs. */
export function isLoopback(address: string): boolean {
  const plain = withoutMapping(address);
  return plain === '::1' || plain.startsWith('127.');
}

/** An IPv4 address as such, also when it came over an IPv6 socket. */
function withoutMapping(address: string): string {
  return address.startsWith('::ffff:') ? address.slice(7) : address;
}

/** Tells the workload who asked, for what host and by which protocol; a proxy that is believed has told part of it. */
function addForwarded(headers: string[], forwarded: Forwarded, remoteAddress: string | undefined): void {
  const client = withoutMapping(remoteAddress ?? 'unknown');
  const { host, xForwardedFor, xForwardedProto, xForwardedHost } = forwarded;
  if (host !== '') headers.push('host', host);
  headers.push('x-forwarded-for', xForwardedFor === undefined ? client : `${xForwardedFor}, ${client}`);
  headers.push('x-forwarded-proto', xForwardedProto ?? 'http');
  const originalHost = xForwardedHost ?? host;
  if (originalHost !== '') headers.push('x-forwarded-host', originalHost);
}
