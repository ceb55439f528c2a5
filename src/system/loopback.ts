import type { AddressInfo, Server } from 'node:net';
import { hasCode } from '../base/errno.ts';
import { Failure } from '../base/failure.ts';

/** What a port is for, in words, and the option that chooses it. */
export interface PortUse {
  readonly what: string;
  readonly option: string;
}

/**
 * Makes `server` listen on a port that only this machine can reach; 0: any that is free. Answers which. Throws Failure
 * `portTaken`.
 */
export function listenOnLoopback(server: Server, port: number, use: PortUse): Promise<number> {
  return listenAt(server, { address: '127.0.0.1', port }, use);
}

/** Where a server is to listen. */
export interface ListenPlace {
  /** An IP address of this machine. */
  readonly address: string;
  /** 0: any that is free. */
  readonly port: number;
}

/** Makes `server` listen; answers on which port. Throws Failure `portTaken`, `usage` for an address that is another's. */
export function listenAt(server: Server, { address, port }: ListenPlace, use: PortUse): Promise<number> {
  return new Promise((resolve, reject) => {
    // It stays: later, a connection that cannot be taken is no reason to end.
    server.on('error', (cause) => {
      reject(listenFailure(`${address}:${port}`, use, cause));
    });
    server.listen(port, address, () => {
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function listenFailure(place: string, { what, option }: PortUse, cause: Error): Failure {
  if (hasCode(cause, 'EADDRNOTAVAIL')) {
    const hint = `name an address that it has with ${option}`;
    return new Failure('usage', `${place} for ${what} is not an address of this machine`, { hint, cause });
  }
  const hint = `choose another with ${option}`;
  return new Failure('portTaken', `${place} for ${what} is not free`, { hint, cause });
}
