import {
  createServer,
  request,
  type IncomingMessage,
  type RequestListener,
  type RequestOptions,
  type Server,
} from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { FULL_SHARE, type Share } from '../src/base/share.ts';
import { traceSource } from '../src/gateway/http1/identity.ts';
import type {
  CounterDelta,
  Endpoint,
  GatewayConfig,
  GatewayPart,
  GatewayRoute,
  PemCertificate,
} from '../src/gateway/protocol.ts';
import { Challenges } from '../src/gateway/tls/challenges.ts';
import { isLoopback } from '../src/gateway/http1/client-address.ts';
import { DEFAULT_LIMITS, type ProxyContext, type ProxyLimits } from '../src/gateway/http1/proxy-context.ts';
import { proxyServer } from '../src/gateway/http1/proxy.ts';
import { RouteTable } from '../src/gateway/routing/route-table.ts';
import { SecureContexts } from '../src/gateway/tls/secure-contexts.ts';
import { idSource } from '../src/gateway/routing/sticky.ts';
import { TlsServer } from '../src/gateway/tls/tls-server.ts';
import type { RevisionId, Track } from '../src/rollout/model.ts';

/** A server that a test started. */
export interface Started {
  readonly port: number;
  close: () => Promise<void>;
}

/** A proxy of this process, as a worker runs it. */
export interface StartedProxy extends Started {
  readonly table: RouteTable;
  serve(routes: readonly GatewayRoute[]): void;
  /** What was counted since the last call. */
  counted(): CounterDelta[];
  drain(): void;
  /** How many clients are connected. */
  connections(): number;
}

let endpoints = 0;

/** A workload. */
export async function startUpstream(
  handler: RequestListener,
): Promise<Started & { endpoint: Endpoint; server: Server }> {
  const server = createServer(handler);
  const started = await listening(server);
  endpoints += 1;
  return { ...started, server, endpoint: { id: `e${endpoints}`, host: '127.0.0.1', port: started.port } };
}

/** A proxy that serves `routes`. */
export async function startProxy(
  routes: readonly GatewayRoute[],
  limits: Partial<ProxyLimits> = {},
  more: Partial<ProxyContext> = {},
): Promise<StartedProxy> {
  return servingTable(routes, (context) => ({ server: proxyServer(context), event: 'connection' }), {
    ...more,
    limits: { ...DEFAULT_LIMITS, ...limits },
  });
}

/** A proxy that serves `routes` over TLS, with certificates that may be replaced. */
export async function startTlsProxy(
  routes: readonly GatewayRoute[],
  certificates: readonly PemCertificate[],
  limits: Partial<ProxyLimits> = {},
): Promise<StartedProxy & { certify: (next: readonly PemCertificate[]) => void }> {
  const contexts = new SecureContexts();
  let tls: TlsServer | undefined;
  const started = await servingTable(
    routes,
    (context) => {
      tls = new TlsServer(context, contexts);
      return { server: tls.server, event: 'secureConnection' };
    },
    { limits: { ...DEFAULT_LIMITS, ...limits } },
  );
  const certify = (next: readonly PemCertificate[]): void => {
    contexts.replace(next);
    tls?.refresh();
  };
  const serve = (next: readonly GatewayRoute[]): void => {
    started.serve(next);
    contexts.serve({ version: 1, listen: [], routes: next });
    tls?.refresh();
  };
  certify(certificates);
  serve(routes);
  const drain = (): void => {
    started.drain();
    tls?.drain();
  };
  return { ...started, serve, certify, drain };
}

interface Made {
  readonly server: Server;
  /** By which the server tells of connections. */
  readonly event: string;
}

async function servingTable(
  routes: readonly GatewayRoute[],
  make: (context: ProxyContext) => Made,
  more: Partial<ProxyContext>,
): Promise<StartedProxy> {
  const table = new RouteTable();
  let draining = false;
  const { server, event } = make({
    table,
    challenges: new Challenges(),
    random: Math.random,
    newId: idSource(),
    newTrace: traceSource(),
    limits: DEFAULT_LIMITS,
    scheme: 'http',
    securePort: () => undefined,
    believes: isLoopback,
    isDraining: () => draining,
    ...more,
  });
  const sockets = new Set<Socket>();
  server.on(event, (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const serve = (next: readonly GatewayRoute[]): void => {
    table.replace({ version: 1, listen: [], routes: next } satisfies GatewayConfig);
  };
  serve(routes);
  const started = await listening(server);
  return {
    ...started,
    table,
    serve,
    counted: () => [...table.counters()].flatMap((counter) => counter.takeDelta() ?? []),
    drain: () => (draining = true),
    connections: () => sockets.size,
    close: async () => {
      serve([]);
      await started.close();
    },
  };
}

async function listening(server: Server): Promise<Started> {
  // Also those that have become tunnels, which a server itself forgets.
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** A part of a route. */
export function part(track: Track, weight: number, ends: readonly Endpoint[]): GatewayPart {
  return { track, revision: `r1-${track}` as RevisionId, weight: weight as Share, endpoints: ends };
}

/** A route for everything, to one stable part unless told otherwise. */
export function route(ends: readonly Endpoint[], more: Partial<GatewayRoute> = {}): GatewayRoute {
  return { rollout: 'shop', path: '/', timeoutMs: 5_000, parts: [part('stable', FULL_SHARE, ends)], ...more };
}

/** An answer, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** Sends one request and reads its answer. */
export function send(
  port: number,
  options: RequestOptions & { body?: string | Buffer } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, agent: false, ...options }, (incoming) => {
      readAll(incoming).then((body) => {
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body });
      }, reject);
    });
    outgoing.on('error', reject);
    outgoing.end(options.body);
  });
}

/** The text of a stream. */
export async function readAll(stream: AsyncIterable<unknown>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('latin1');
}

/** Writes bytes as they are and reads until the server closes the connection, or `until` has come. */
export function sendRaw(port: number, bytes: string, until?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (until !== undefined && text.includes(until)) socket.destroy();
    });
    socket.on('error', (error) => {
      if (text === '') reject(error);
    });
    socket.on('close', () => {
      resolve(text);
    });
    socket.write(bytes, 'latin1');
  });
}

/** Waits until something holds. */
export async function eventually(
  holds: () => boolean | Promise<boolean>,
  what: string,
  withinMs = 10_000,
): Promise<void> {
  const end = Date.now() + withinMs;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`never happened: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Starts servers for one test; `closeAll` belongs into `afterEach`. */
export function proxyFixture(): {
  upstream: typeof startUpstream;
  proxy: typeof startProxy;
  tlsProxy: typeof startTlsProxy;
  /** A proxy in front of one workload. */
  serving: (handler: RequestListener, more?: Partial<GatewayRoute>) => ReturnType<typeof startProxy>;
  closeAll: () => Promise<void>;
} {
  let open: Started[] = [];
  const keep = <T extends Started>(started: T): T => {
    open.push(started);
    return started;
  };
  const upstream: typeof startUpstream = async (handler) => keep(await startUpstream(handler));
  const proxy: typeof startProxy = async (...options) => keep(await startProxy(...options));
  const tlsProxy: typeof startTlsProxy = async (...options) => keep(await startTlsProxy(...options));
  return {
    upstream,
    proxy,
    tlsProxy,
    serving: async (handler, more = {}) => proxy([route([(await upstream(handler)).endpoint], more)]),
    closeAll: async () => {
      await Promise.all(open.map((server) => server.close()));
      open = [];
    },
  };
}

/** Answers with a name. */
export function named(name: string): RequestListener {
  return (req, res) => {
    req.resume();
    res.end(name);
  };
}

/** An endpoint where nobody listens. */
export async function deadEndpoint(): Promise<Endpoint> {
  const { endpoint, close } = await startUpstream(() => undefined);
  await close();
  return endpoint;
}
