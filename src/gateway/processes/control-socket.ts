import { existsSync } from 'node:fs';
import type { Server } from 'node:http';
import { claimSocket, replaceSocket, socketPath, type SocketClaim } from '../../files/socket-claim.ts';

/** Where the gateway of a state directory listens for control; throws Failure `usage` when the path is too long. */
export function controlSocketPath(dir: string): string {
  return socketPath(dir, 'control.sock');
}

/** Makes this process the one gateway of a directory, and keeps it so. */
export class ControlClaim {
  /** True while another process may take it. */
  isLeftAlone = false;
  readonly #dir: string;
  readonly #newServer: () => Server;
  #server: Server | undefined;
  #claim: SocketClaim | undefined;

  /** `newServer` makes what answers on the socket. */
  constructor(dir: string, newServer: () => Server) {
    this.#dir = dir;
    this.#newServer = newServer;
  }

  /** False when another process serves the directory. */
  async take(): Promise<boolean> {
    const server = this.#newServer();
    this.#claim = await claimSocket(controlSocketPath(this.#dir), server);
    if (this.#claim !== undefined) this.#server = server;
    return this.#claim !== undefined;
  }

  /** Takes it from the live process that agrees to go. */
  async succeed(): Promise<void> {
    const server = this.#newServer();
    this.#claim = await replaceSocket(controlSocketPath(this.#dir), server);
    this.#server = server;
  }

  /** Takes the socket again when somebody removed it, since nobody could find or stop this process without it. */
  async keep(): Promise<boolean> {
    if (this.isLeftAlone || this.#claim?.isHeld() === true || !existsSync(this.#dir)) return true;
    this.#server?.close();
    return this.take();
  }

  /** Removes the socket, unless it is another's by now. */
  release(): void {
    this.#claim?.release();
  }
}
