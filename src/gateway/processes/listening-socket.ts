import net from 'node:net';
import { getSystemErrorName } from 'node:util';
import { hasCode } from '../../base/errno.ts';
import { Failure } from '../../base/failure.ts';
import { portOwner, type OwnerLookup } from './port-owner.ts';
import { addressKey, type BoundAddress, type ListenAddress } from '../protocol.ts';

/** A bound TCP socket of Node's own making. */
export interface RawSocket {
  close(): void;
  getsockname(name: { address?: string; port?: number }): number;
}

/** A socket the master holds and never accepts from, so that what waits in its backlog outlives any worker. */
export interface ListeningSocket {
  readonly address: BoundAddress;
  readonly raw: RawSocket;
  /** Lets go of it. */
  readonly close: () => void;
}

interface NetInternals {
  // What `node:cluster` builds its shared sockets with. The public interface only offers sockets that accept at once.
  _createServerHandle(
    host: string | null,
    port: number,
    family: number,
    fd: number | undefined,
    flags: number,
  ): RawSocket | number;
}

/** How an address is bound. */
export interface BindOptions {
  /** Overrides the address's port 0. */
  readonly port?: number;
  /** Names the owner of a port that is taken. */
  readonly ownerOf?: OwnerLookup;
}

/** Binds `address`. Throws Failure `portTaken`, naming the owner when it can be seen. */
export function bindSocket(address: ListenAddress, options: BindOptions = {}): ListeningSocket {
  const { port = address.port, ownerOf = portOwner } = options;
  const internals = net as unknown as NetInternals;
  const raw = internals._createServerHandle(address.host, port, net.isIP(address.host), undefined, 0);
  if (typeof raw === 'number') throw bindFailure(address, raw, ownerOf);
  const name: { port?: number } = {};
  const status = raw.getsockname(name);
  // A port in use is reported only when the address is asked for.
  if (status !== 0 || name.port === undefined || (port !== 0 && name.port !== port)) {
    raw.close();
    throw bindFailure(address, status, ownerOf);
  }
  return {
    address: { ...address, boundPort: name.port },
    raw,
    close: () => {
      raw.close();
    },
  };
}

/** The listening TCP socket of a descriptor that this process was started with; undefined for anything else. */
export function fromDescriptor(fd: number): RawSocket | undefined {
  const internals = net as unknown as NetInternals;
  try {
    const raw = internals._createServerHandle(null, 0, 0, fd, 0);
    // Sockets of other kinds have other handles.
    return typeof raw === 'number' || typeof raw.getsockname !== 'function' ? undefined : raw;
  } catch (error) {
    if (hasCode(error, 'ERR_INVALID_FD_TYPE')) return undefined;
    throw error;
  }
}

/** The failure of a listening address that somebody else has. */
export function takenFailure(address: ListenAddress, ownerOf: OwnerLookup = portOwner): Failure {
  const owner = ownerOf(address.port);
  return new Failure(
    'portTaken',
    `${addressKey(address)} is in use${owner === undefined ? '' : ` by ${owner}`}`,
    {
      hint:
        owner === undefined
          ? 'Choose another port, or find its owner with ss -ltnp as root.'
          : 'Stop it, or choose another port.',
    },
  );
}

function bindFailure(address: ListenAddress, errno: number, ownerOf: OwnerLookup): Failure {
  const name = errnoName(errno);
  if (name === 'EADDRINUSE' || name === '') return takenFailure(address, ownerOf);
  const hint =
    name === 'EACCES'
      ? 'Ports below 1024 need the capability CAP_NET_BIND_SERVICE.'
      : 'Choose an address this machine has.';
  const code = name === 'EACCES' ? 'notPermitted' : 'usage';
  return new Failure(code, `cannot listen on ${addressKey(address)}: ${name}`, { hint });
}

function errnoName(errno: number): string {
  return errno === 0 ? '' : getSystemErrorName(errno);
}
