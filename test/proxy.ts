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
import type {
  CounterDelta,
  Endpoint,
  GatewayConfig,
  GatewayPart,
  GatewayRoute,
} from '../src/gateway/protocol.ts';
import { DEFAULT_LIMITS, isLoopback, proxyServer, type ProxyLimits } from '../src/gateway/proxy.ts';
import { RouteTable } from '../src/gateway/route-table.ts';
import { idSource } from '../src/gateway/sticky.ts';
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
  believes: (address: string) => boolean = isLoopback,
): Promise<StartedProxy> {
  const table = new RouteTable();
  let draining = false;
  const server = proxyServer({
    table,
    random: Math.random,
    newId: idSource(),
    limits: { ...DEFAULT_LIMITS, ...limits },
    believes,
    isDraining: () => draining,
  });
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
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
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
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
  return {
    upstream,
    proxy,
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
