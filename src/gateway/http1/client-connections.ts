import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Requests sent ahead of their answers on one connection; each holds its answer in memory until its turn. */
const MAX_PIPELINED = 32;

/** What is known of the connections of a server's clients. */
export class ClientConnections {
  // What follows a refused request on its connection is not to be trusted as a request.
  readonly #refused = new WeakSet<Socket>();
  readonly #waiting = new WeakMap<Socket, Set<ServerResponse>>();

  /** Follows the connections that `server` tells of by `event` from now on. */
  constructor(server: Server, event: 'connection' | 'secureConnection') {
    server.on(event, (socket: Socket) => {
      const responses = new Set<ServerResponse>();
      this.#waiting.set(socket, responses);
      socket.once('close', () => {
        // Node tells only the one whose turn it was.
        for (const res of responses) res.emit('close');
      });
    });
  }

  /** False for a request that must not be served: it is one too many, or follows a refused one. */
  admit(req: IncomingMessage, res: ServerResponse): boolean {
    const responses = this.#waiting.get(req.socket);
    responses?.add(res);
    res.once('close', () => responses?.delete(res));
    if (responses !== undefined && responses.size > MAX_PIPELINED) req.socket.destroy();
    return !this.#refused.has(req.socket) && !req.socket.destroyed;
  }

  /** False for a connection that cannot become a tunnel: answers to earlier requests would get mixed into it. */
  admitTunnel(socket: Socket): boolean {
    return !this.#refused.has(socket) && (this.#waiting.get(socket)?.size ?? 0) === 0;
  }

  /** Nothing more of this connection is served. */
  refuse(socket: Socket): void {
    this.#refused.add(socket);
  }
}
