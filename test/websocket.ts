import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { IncomingMessage } from 'node:http';
import { acceptOf } from '../src/gateway/http1/websocket.ts';
import { proxyFixture, route, startUpstream, type Started, type StartedProxy } from './proxy.ts';
import type { Endpoint, GatewayRoute } from '../src/gateway/protocol.ts';
import type { ProxyLimits } from '../src/gateway/http1/proxy-context.ts';

/** The key of RFC 6455's example. */
export const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';

/** A workload that takes WebSockets. */
export interface WebSocketWorkload extends Started {
  readonly endpoint: Endpoint;
  /** The handshakes that came. */
  readonly requests: IncomingMessage[];
  /** Its side of the connections that are open. */
  readonly sockets: Set<Duplex>;
}

/** A workload that opens every WebSocket it is asked for; `serve` does the rest, by default it sends all bytes back. */
export async function webSocketWorkload(
  serve: (socket: Duplex, req: IncomingMessage) => void = (socket) => socket.pipe(socket),
): Promise<WebSocketWorkload> {
  const requests: IncomingMessage[] = [];
  const sockets = new Set<Duplex>();
  const started = await startUpstream((_req, res) => res.end('plain'));
  started.server.on('upgrade', (req: IncomingMessage, socket: Duplex, early: Buffer) => {
    requests.push(req);
    sockets.add(socket);
    socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
    const accept = acceptOf(req.headers['sec-websocket-key'] ?? '');
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    if (early.length > 0) socket.unshift(early);
    serve(socket, req);
  });
  return { ...started, requests, sockets };
}

/** The bytes of a handshake. */
export function handshake(...more: readonly string[]): string {
  const lines = ['GET /chat HTTP/1.1', 'Host: a', 'Connection: Upgrade', 'Upgrade: websocket'];
  return [...lines, `Sec-WebSocket-Key: ${KEY}`, 'Sec-WebSocket-Version: 13', ...more, '', ''].join('\r\n');
}

/** A client's end of a tunnel, with what has come through it. */
export interface RawWebSocket {
  readonly socket: Socket;
  readonly head: string;
  readonly received: () => Buffer;
}

/** Opens a WebSocket by hand; rejects with the answer when it is another than 101. */
export function openRaw(port: number, bytes = handshake()): Promise<RawWebSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let all = Buffer.alloc(0);
    let bodyAt = -1;
    socket.on('error', reject);
    socket.on('close', () => {
      reject(new Error(all.toString('latin1')));
    });
    socket.on('data', (chunk) => {
      all = Buffer.concat([all, chunk]);
      if (bodyAt !== -1) return;
      const end = all.indexOf('\r\n\r\n');
      if (end === -1 || !all.toString('latin1').startsWith('HTTP/1.1 101')) return;
      bodyAt = end + 4;
      const head = all.toString('latin1', 0, bodyAt);
      resolve({ socket, head, received: () => all.subarray(bodyAt) });
    });
    socket.write(bytes, 'latin1');
  });
}

/** Answers text messages of fewer than 126 bytes with the same text (RFC 6455 §5). */
export function echoMessages(socket: Duplex): void {
  socket.on('data', (frame: Buffer) => {
    const opcode = (frame[0] ?? 0) & 0x0f;
    const length = (frame[1] ?? 0) & 0x7f;
    const mask = frame.subarray(2, 6);
    const payload = frame.subarray(6, 6 + length).map((byte, i) => byte ^ (mask[i % 4] ?? 0));
    socket.write(Buffer.concat([Buffer.from([0x80 | opcode, length]), payload]));
    if (opcode === 8) socket.end();
  });
}

/** Starts workloads and opens WebSockets for one test; `closeAll` belongs into `afterEach`. */
export function webSocketFixture(): ReturnType<typeof proxyFixture> & {
  workload: typeof webSocketWorkload;
  /** A proxy in front of one workload. */
  before: (
    workload: WebSocketWorkload,
    more?: Partial<GatewayRoute>,
    limits?: Partial<ProxyLimits>,
  ) => Promise<StartedProxy>;
  opened: typeof openRaw;
} {
  const fixture = proxyFixture();
  const workloads: Started[] = [];
  const sockets: Socket[] = [];
  return {
    ...fixture,
    workload: async (...options) => {
      const workload = await webSocketWorkload(...options);
      workloads.push(workload);
      return workload;
    },
    before: (workload, more = {}, limits = {}) => fixture.proxy([route([workload.endpoint], more)], limits),
    opened: async (...options) => {
      const client = await openRaw(...options);
      sockets.push(client.socket);
      return client;
    },
    closeAll: async () => {
      for (const socket of sockets.splice(0)) socket.destroy();
      await Promise.all(workloads.splice(0).map((workload) => workload.close()));
      await fixture.closeAll();
    },
  };
}

/** Settles when a connection is no more. */
export async function closed(socket: Socket): Promise<void> {
  if (!socket.destroyed) await new Promise((resolve) => socket.once('close', resolve));
}
