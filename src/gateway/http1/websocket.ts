import { createHash } from 'node:crypto';
import { IncomingMessage, type ServerOptions } from 'node:http';
import type { RequestHead } from './request-head.ts';

/** What a server adds to a client's key before it hashes it (RFC 6455 §1.3). */
const SALT = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** Sixteen bytes in base64. */
const KEY = /^[A-Za-z0-9+/]{21}[AQgw]==$/;

/**
 * A request that Node takes for an upgrade only when it asks for a WebSocket, or is a CONNECT. Clients offer other
 * protocols, as in `Upgrade: h2c`, to any server and are content with plain HTTP; and a tunnel of another protocol
 * would carry requests past the routing and the counting of the gateway.
 */
export class GatewayRequest extends IncomingMessage {
  // Set while the constructor above it runs, so it can have no initial value here.
  declare offersUpgrade: boolean;

  /** What Node's parser and server say and ask while they read the head. */
  get upgrade(): boolean {
    return this.offersUpgrade && (this.method === 'CONNECT' || isWebSocket(this));
  }

  set upgrade(is: boolean | null) {
    this.offersUpgrade = is === true;
  }
}

/** Server options by which WebSocket handshakes arrive as `upgrade` events, and nothing else does. */
export const UPGRADES: ServerOptions<typeof GatewayRequest> & {
  shouldUpgradeCallback: (req: IncomingMessage) => boolean;
} = {
  IncomingMessage: GatewayRequest,
  // Node from 24.9 on asks this instead.
  shouldUpgradeCallback: isWebSocket,
};

/** Why a request cannot open a WebSocket; undefined when it can. The version is the workload's business. */
export function handshakeProblem(req: IncomingMessage, head: RequestHead): string | undefined {
  if (req.httpVersion !== '1.1') return 'a WebSocket needs HTTP/1.1';
  if (head.method !== 'GET') return 'a WebSocket is opened by GET';
  if (head.hasBody) return 'a WebSocket handshake has no body';
  if (!KEY.test(keyOf(req))) return 'no valid Sec-WebSocket-Key';
  return undefined;
}

/** The key by which the client knows the answer to be meant for it. */
export function keyOf(req: IncomingMessage): string {
  return req.headers['sec-websocket-key'] ?? '';
}

/** True for the head of an answer of 101 that opens the WebSocket asked for with `key`: fields as name, value, … */
export function isOpened(raw: readonly Buffer[], key: string): boolean {
  const fields = new Map<string, string>();
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = String(raw[i]).toLowerCase();
    fields.set(name, fields.has(name) ? 'twice' : String(raw[i + 1]));
  }
  return (
    fields.get('upgrade')?.toLowerCase() === 'websocket' &&
    fields.get('sec-websocket-accept') === acceptOf(key)
  );
}

/** What a server answers to a client's key. */
export function acceptOf(key: string): string {
  return createHash('sha1').update(`${key}${SALT}`).digest('base64');
}

function isWebSocket(req: IncomingMessage): boolean {
  return req.headers.upgrade?.toLowerCase() === 'websocket';
}
