import { Failure, messageOf } from '../../base/failure.ts';
import { placeKey, type InheritedSockets } from './inherited-sockets.ts';
import { bindSocket, takenFailure, type ListeningSocket } from './listening-socket.ts';
import { portOwner, remembering, type OwnerLookup } from './port-owner.ts';
import { addressKey, type BoundAddress, type ListenAddress } from '../protocol.ts';

/** The listening sockets the master holds, by address key. */
export class Sockets {
  readonly #held = new Map<string, ListeningSocket>();
  /** Why an address of the served config is not bound. */
  readonly #missing = new Map<string, string>();
  readonly #inherited: InheritedSockets;
  readonly #ownerOf: OwnerLookup;

  /** `inherited` are taken where they fit; `lookUp` names the owner of a port that is taken. */
  constructor(inherited: InheritedSockets = new Map(), lookUp: OwnerLookup = portOwner) {
    this.#inherited = inherited;
    this.#ownerOf = remembering(lookUp);
  }

  /** Holds sockets that another process has bound. */
  take(sockets: readonly ListeningSocket[]): void {
    for (const socket of sockets) this.#held.set(addressKey(socket.address), socket);
  }

  all(): ListeningSocket[] {
    return [...this.#held.values()];
  }

  bound(): BoundAddress[] {
    return this.all().map((socket) => socket.address);
  }

  problems(): string[] {
    return [...this.#missing.values()];
  }

  /** Those of `wanted` that are not bound. */
  lacking(wanted: readonly ListenAddress[]): ListenAddress[] {
    return wanted.filter((address) => !this.#held.has(addressKey(address)));
  }

  /** Binds all of `addresses` or none; throws the Failure of the first that cannot be bound. */
  bindAll(addresses: readonly ListenAddress[]): ListeningSocket[] {
    const bound: ListeningSocket[] = [];
    try {
      for (const address of addresses) bound.push(this.#inheritedAt(address) ?? bindSocket(address));
    } catch (error) {
      for (const socket of bound) socket.close();
      throw error;
    }
    for (const socket of bound) this.#held.set(addressKey(socket.address), socket);
    return bound;
  }

  /** Binds what can be bound of a saved config, with the ports it had; the rest is a problem, tried again later. */
  restore(
    addresses: readonly ListenAddress[],
    portOf: (address: ListenAddress) => number | undefined,
  ): ListeningSocket[] {
    return this.lacking(addresses).flatMap((address) => {
      const key = addressKey(address);
      try {
        const socket = this.#inheritedAt(address) ?? this.#bindPreferred(address, portOf(address));
        this.#held.set(key, socket);
        this.#missing.delete(key);
        return [socket];
      } catch (error) {
        this.#missing.set(key, messageOf(error));
        return [];
      }
    });
  }

  /** Lets go of everything but `wanted`; answers the keys that went. */
  keepOnly(wanted: readonly ListenAddress[]): string[] {
    const keys = new Set(wanted.map(addressKey));
    for (const key of this.#missing.keys()) if (!keys.has(key)) this.#missing.delete(key);
    const leaving = [...this.#held.keys()].filter((key) => !keys.has(key));
    for (const key of leaving) this.release(key);
    return leaving;
  }

  release(key: string): void {
    this.#held.get(key)?.close();
    this.#held.delete(key);
  }

  /**
   * The socket that was bound for this process. It is never closed: whoever bound it keeps the port, so that
   * another could not be bound in its place, and connections wait in it for the next gateway.
   */
  #inheritedAt(address: ListenAddress): ListeningSocket | undefined {
    const raw = this.#inherited.get(placeKey(address.host, address.port));
    if (raw === undefined) return undefined;
    return { address: { ...address, boundPort: address.port }, raw, close: () => undefined };
  }

  /** The port an address of port 0 had before; another when somebody else has it now. */
  #bindPreferred(address: ListenAddress, port: number | undefined): ListeningSocket {
    const ownerOf = this.#ownerOf;
    if (port === undefined) return bindSocket(address, { ownerOf });
    try {
      return bindSocket(address, { port, ownerOf });
    } catch (error) {
      if (error instanceof Failure && error.code === 'portTaken') return bindSocket(address);
      throw error;
    }
  }
}

/** What a worker's failure to accept from a bound socket means: somebody listened there in the meantime. */
export function lostRace(socket: ListeningSocket): Failure {
  return takenFailure({ host: socket.address.host, port: socket.address.boundPort });
}
